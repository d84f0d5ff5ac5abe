// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of load checks in the kernel's order, and the checks that need only the name
// of the module.
#include <algorithm>
#include <array>
#include <cerrno>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/builtin_list.hpp"
#include "format/parameters.hpp"
#include "kernel/load_call.hpp"
#include "kernel/module_files.hpp"
#include "simulated/load_attempt.hpp"
#include "simulated/module_directory.hpp"
#include "simulated/taints.hpp"

namespace kmodpp::kernel {

namespace {

/// modules.builtin lists at most a few thousand paths.
constexpr std::uint64_t kMaxBuiltinList = 16u << 20;

Result<bool> is_builtin(const LoadAttempt& attempt, std::string_view name) {
    if (attempt.description.builtins.contains(normalise_module_name(name)) ||
        read_state(attempt.root, name) == InitState::builtin)
        return true;
    const auto list = attempt.image_root.read_file(cat(attempt.tree, "/modules.builtin"),
                                                   kMaxBuiltinList);
    if (!list && list.error().kind == ErrorKind::not_found) return false;
    if (!list) return std::unexpected(list.error());
    const std::vector<std::string> names = parse_builtin_list(*list).names;
    return std::ranges::find(names, normalise_module_name(name)) != names.end();
}

/// A step of finit_module (see the reference in simulated/simulated_kernel.hpp).
struct Check {
    std::string_view what;
    Status (*run)(LoadAttempt& attempt);
};

constexpr std::array<Check, 16> kChecks = {{
    {"permission", check_permission},
    {"contents", check_contents},
    {"signature", check_signature},
    {"header", check_header},
    {"sections", check_sections},
    {"blacklist", check_blacklist},
    {"struct version", check_struct_version},
    {"modinfo", check_modinfo},
    {"layout", check_layout},
    {"name", check_name},
    {"taint of signature", note_signature},
    {"bad licenses", note_bad_licenses},
    {"symbols", check_symbols},
    {"exports", check_exports},
    {"parameters", check_parameters},
    {"builtin", check_builtin},
}};

}  // namespace

Status check_permission(LoadAttempt& attempt) {
    if (!attempt.rules.privileged || attempt.rules.modules_disabled)
        return attempt.refuse(EPERM);
    return {};
}

/// Checks module_blacklist= on the command line. The last one takes effect; names are
/// not normalised.
Status check_blacklist(LoadAttempt& attempt) {
    std::string list;
    for (const Parameter& parameter : split_parameters(attempt.command_line))
        if (same_module_name(parameter.name, "module_blacklist"))
            list = parameter.value.value_or("");
    const std::string& name = attempt.module.line.name;
    for (std::string_view rest = list; !rest.empty();)
        if (take_until(rest, ',') == name) {
            attempt.log_line(cat("Module ", name, " is blacklisted"));
            return attempt.refuse(EPERM);
        }
    return {};
}

Status check_name(LoadAttempt& attempt) {
    const std::string& name = attempt.module.line.name;
    const LoadedModule* const other = attempt.store->find(name);
    if (other != nullptr && other->state == InitState::coming &&
        !attempt.waited_for_name && loader_of(attempt.root, name) == Loader::alive) {
        attempt.waited_for_name = true;
        attempt.wait = Wait{name, std::nullopt};
        return {};
    }
    if (other != nullptr)
        return attempt.refuse(other->state == InitState::live ? EEXIST : EBUSY);
    // The other load has failed; the kernel does not try again.
    if (attempt.waited_for_name) return attempt.refuse(EBUSY);
    return {};
}

/// A built-in module already occupies the directory in /sys/module. The real kernel
/// notices it only at this late step, when it creates the directory.
Status check_builtin(LoadAttempt& attempt) {
    TRY_ASSIGN(const bool builtin, is_builtin(attempt, attempt.module.line.name));
    if (builtin) return attempt.refuse(EINVAL, "module is already loaded");
    return {};
}

void LoadAttempt::remark(std::string_view text) {
    log.push_back(cat(printable(module.line.name), ": ", text));
}

std::unexpected<Error> LoadAttempt::refuse(int code, std::string_view text) {
    remark(text);
    return refuse(code);
}

std::unexpected<Error> LoadAttempt::refuse(int code) const {
    return load_refused(code, file.path());
}

bool LoadAttempt::kernel_is_tainted(char letter) const {
    return (store->tainted() & taint_bit(letter)) != 0;
}

Status LoadAttempt::taint(char letter) {
    if (ends_lock_debugging(store->tainted(), letter))
        log_line(std::string(kLockDebuggingEnds));
    std::string& letters = module.line.taint;
    if (!letters.contains(letter)) {
        letters += letter;
        std::ranges::sort(letters, {}, taint_bit);
    }
    return store->add_taints(taint_bit(letter));
}

Status LoadAttempt::taint_once(char letter, std::string_view reason) {
    if (!kernel_is_tainted(letter)) remark(reason);
    return taint(letter);
}

Status LoadAttempt::force(std::string_view what) {
    if (!description.forced_load) return refuse(ENOEXEC);
    return taint_once('F', cat(printable(what), ": kernel tainted."));
}

std::optional<std::string> LoadAttempt::info_text(std::string_view key) const {
    const auto value = find_info(info, key);
    return value ? std::optional<std::string>(*value) : std::nullopt;
}

Status run_load_checks(LoadAttempt& attempt) {
    while (attempt.next_check < kChecks.size()) {
        TRY(kChecks[attempt.next_check].run(attempt));
        if (attempt.wait) return {};
        ++attempt.next_check;
    }
    return {};
}

}  // namespace kmodpp::kernel
