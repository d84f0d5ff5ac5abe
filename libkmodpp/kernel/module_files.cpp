// SPDX-License-Identifier: LGPL-2.1-or-later
#include "kernel/module_files.hpp"

#include <fcntl.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/proc_modules.hpp"
#include "io/file.hpp"

namespace kmodpp::kernel {

namespace {

/// Hundreds of times the size of such a file on the largest machine.
constexpr std::uint64_t kMaxStateFile = 16u << 20;

std::string directory_of(std::string_view name) { return cat(kSysModule, '/', name); }

/// The state of a module whose directory has no initstate. Built-in modules have none,
/// and neither has, for a moment, a module that is being loaded or removed; such a
/// module is listed in /proc/modules until its directory is gone.
InitState state_from_list(const io::Root& root, std::string_view name) {
    const std::string directory = directory_of(name);
    if (!root.exists(directory)) return InitState::absent;
    if (const auto modules = read_modules(root))
        for (const LoadedModule& module : *modules)
            if (module.name == name) return module.state;
    return root.exists(directory) ? InitState::builtin : InitState::absent;
}

/// A module as shown by sysfs, which lacks the address and [permanent]. nullopt for the
/// directory of a built-in module.
std::optional<LoadedModule> read_from_sysfs(const io::Root& root,
                                            const std::string& name) {
    if (!root.exists(cat(directory_of(name), "/initstate"))) return std::nullopt;
    LoadedModule module{.name = name, .state = read_state(root, name)};
    // The module was removed after the directory was listed.
    if (module.state == InitState::absent) return std::nullopt;
    module.size = read_size(root, name).value_or(0);
    if (const auto count = read_refcount(root, name)) module.refcount = *count;
    module.holders = read_holders(root, name).value_or(std::vector<std::string>{});
    if (const auto taint = read_state_file(root, cat(directory_of(name), "/taint")))
        module.taint = trim(*taint);
    return module;
}

}  // namespace

Result<std::string> read_state_file(const io::Root& root, std::string_view path) {
    const auto fd = root.open_file(path, O_RDONLY);
    if (!fd) {
        const std::string attempt = cat("could not open ", root.display(path));
        if (fd.error().code != 0) return fail_errno(fd.error().code, attempt);
        return std::unexpected(within(fd.error(), attempt));
    }
    auto text = io::read_all(fd->get(), kMaxStateFile);
    if (!text)
        return std::unexpected(
            within(std::move(text).error(), cat("could not read ", root.display(path))));
    return text;
}

Result<std::string> read_command_line(const io::Root& root) {
    TRY_ASSIGN(std::string text, read_state_file(root, "/proc/cmdline"));
    if (text.ends_with('\n')) text.pop_back();
    return text;
}

Result<std::vector<LoadedModule>> read_modules(const io::Root& root) {
    TRY_ASSIGN(const std::string text, read_state_file(root, kProcModules));
    auto modules = parse_proc_modules(text);
    if (!modules)
        return std::unexpected(
            within(std::move(modules).error(), root.display(kProcModules)));
    // The kernel returns the file page by page. If the list grows in between, a line is
    // repeated.
    std::unordered_set<std::string> seen;
    std::erase_if(*modules, [&seen](const LoadedModule& module) {
        return !seen.insert(module.name).second;
    });
    return modules;
}

Result<std::vector<LoadedModule>> list_modules(const io::Root& root) {
    auto listed = read_modules(root);
    if (listed || listed.error().kind != ErrorKind::not_found) return listed;
    const auto names = root.list(kSysModule);
    if (!names)
        return fail(ErrorKind::unsupported,
                    cat(listed.error().message, "; ", names.error().message), ENOENT);
    std::vector<LoadedModule> modules;
    for (const std::string& name : *names)
        if (auto module = read_from_sysfs(root, name))
            modules.push_back(*std::move(module));
    if (modules.empty()) return listed;
    return modules;
}

InitState read_state(const io::Root& root, std::string_view name) {
    if (!is_entry_name(name)) return InitState::absent;
    const auto text = read_state_file(root, cat(directory_of(name), "/initstate"));
    if (!text) return state_from_list(root, name);
    const std::string_view word = trim(*text);
    for (const InitState state : {InitState::live, InitState::coming, InitState::going})
        if (word == to_string(state)) return state;
    return InitState::absent;
}

Result<std::vector<std::string>> read_holders(const io::Root& root,
                                              std::string_view name) {
    if (!is_entry_name(name)) return std::vector<std::string>();
    auto holders = root.list(cat(directory_of(name), "/holders"));
    if (!holders && holders.error().kind == ErrorKind::not_found)
        return std::vector<std::string>();
    return holders;
}

Result<long> read_refcount(const io::Root& root, std::string_view name) {
    if (!is_entry_name(name))
        return fail(ErrorKind::not_found,
                    cat("'", printable(name), "' is not a valid module name"), ENOENT);
    const std::string path = cat(directory_of(name), "/refcnt");
    TRY_ASSIGN(const std::string text, read_state_file(root, path));
    const std::string_view digits = trim(text);
    long count = 0;
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (failure != std::errc{} || end != digits.data() + digits.size())
        return fail(
            ErrorKind::malformed,
            cat(root.display(path), ": bad reference count '", printable(digits), "'"));
    return count;
}

std::optional<std::uint64_t> read_size(const io::Root& root, std::string_view name) {
    if (!is_entry_name(name)) return std::nullopt;
    const auto text = read_state_file(root, cat(directory_of(name), "/coresize"));
    if (!text) return std::nullopt;
    return parse_unsigned<std::uint64_t>(trim(*text));
}

std::vector<LoadedSection> read_sections(const io::Root& root, std::string_view name) {
    std::vector<LoadedSection> sections;
    if (!is_entry_name(name)) return sections;
    const std::string directory = cat(directory_of(name), "/sections");
    const auto names = root.list(directory);
    if (!names) return sections;
    for (const std::string& section : *names) {
        const auto text = read_state_file(root, cat(directory, "/", section));
        if (!text) continue;
        std::string_view digits = trim(*text);
        if (digits.starts_with("0x")) digits.remove_prefix(2);
        if (const auto address = parse_unsigned<std::uint64_t>(digits, 16))
            sections.push_back({section, *address});
    }
    return sections;
}

Result<std::vector<ShownParameter>> read_parameters(const io::Root& root,
                                                    std::string_view name) {
    std::vector<ShownParameter> parameters;
    if (!is_entry_name(name)) return parameters;
    const std::string directory = cat(directory_of(name), "/parameters");
    const auto names = root.list(directory);
    if (!names && names.error().kind == ErrorKind::not_found) return parameters;
    if (!names) return std::unexpected(names.error());
    for (const std::string& parameter : *names) {
        const std::string path = cat(directory, "/", parameter);
        TRY_ASSIGN(const auto status, root.stat(path));
        if (!S_ISREG(status.st_mode)) continue;
        ShownParameter& shown = parameters.emplace_back();
        shown.name = parameter;
        shown.mode = status.st_mode & 07777;
        // sysfs does not show such a file to root either.
        if ((shown.mode & 0444) == 0) continue;
        auto text = read_state_file(root, path);
        if (!text) {
            const Error& error = text.error();
            shown.fault = error.code != 0 ? std::strerror(error.code) : error.message;
            continue;
        }
        if (text->ends_with('\n')) text->pop_back();
        shown.value = *std::move(text);
    }
    return parameters;
}

}  // namespace kmodpp::kernel
