// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/forbid_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/modprobe_config.hpp"
#include "io/replace_file.hpp"

namespace kmodpp {

namespace {

constexpr std::string_view kDirectory = "/etc/modprobe.d";
/// Far larger than any file that is written here.
constexpr std::uint64_t kMaxFile = 1u << 20;
constexpr mode_t kMode = 0644;

std::string file_name_of(std::string_view module) {
    return cat("forbid-", module, ".conf");
}

/// Whether every line forbids the module, so that nothing else is lost with the file.
bool only_forbids(const ModprobeConfig& config, std::string_view module) {
    const auto is_about_it = [module](const auto& rule) { return rule.module == module; };
    return std::ranges::all_of(config.forbid, is_about_it) &&
           std::ranges::all_of(config.forbid_repeats, is_about_it) &&
           config.install.empty() && config.aliases.empty() && config.blacklist.empty() &&
           config.options.empty() && config.remove.empty() && config.softdeps.empty() &&
           config.weakdeps.empty() && config.remarks.empty();
}

/// The text of the file; nullopt: it does not exist.
Result<std::optional<std::string>> read_own_file(const io::Root& root,
                                                 std::string_view module) {
    const std::string path = forbid_file(module);
    auto text = root.read_file(path, kMaxFile);
    if (!text && text.error().kind == ErrorKind::not_found) return std::nullopt;
    if (!text) return std::unexpected(std::move(text).error());
    ModprobeConfig config;
    parse_modprobe_config(*text, path, config);
    if (!only_forbids(config, module))
        return fail(ErrorKind::conflict,
                    cat(root.display(path), " has lines that 'kmod forbid ", module,
                        "' did not write; move them to another file"));
    return *std::move(text);
}

}  // namespace

std::string forbid_file(std::string_view module) {
    return cat(kDirectory, "/", file_name_of(module));
}

Status check_forbid_words(std::string_view module, std::string_view text) {
    constexpr std::string_view kSpecial = " /\\*?[]#\"'";
    if (!is_entry_name(file_name_of(module)) || module.empty() ||
        module.find_first_of(kSpecial) != std::string_view::npos ||
        std::ranges::any_of(module, is_control))
        return fail(ErrorKind::malformed,
                    cat("'", printable(module), "' is not a valid module name"));
    if (std::ranges::any_of(text, is_control))
        return fail(ErrorKind::malformed,
                    cat("the text '", printable(text),
                        "' contains a control character; it must be one line"));
    return {};
}

Result<bool> write_forbid_file(const io::Root& root, std::string_view module,
                               std::string_view text) {
    TRY(check_forbid_words(module, text));
    TRY_ASSIGN(const auto before, read_own_file(root, module));
    const std::string after = forbid_file_text(module, text);
    if (before == after) return false;
    TRY(root.make_directories(kDirectory));
    TRY(io::replace_file(root, kDirectory, file_name_of(module), after, kMode,
                         io::Sync::yes));
    return true;
}

Result<bool> remove_forbid_file(const io::Root& root, std::string_view module) {
    TRY(check_forbid_words(module, {}));
    TRY_ASSIGN(const auto before, read_own_file(root, module));
    if (!before) return false;
    TRY_ASSIGN(const io::Fd directory,
               root.open_file(kDirectory, O_RDONLY | O_DIRECTORY));
    if (::unlinkat(directory.get(), file_name_of(module).c_str(), 0) != 0 &&
        errno != ENOENT)
        return fail_errno(errno,
                          cat("cannot remove ", root.display(forbid_file(module))));
    static_cast<void>(::fsync(directory.get()));
    return true;
}

}  // namespace kmodpp
