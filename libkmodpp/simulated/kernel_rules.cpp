// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulated/kernel_rules.hpp"

#include <algorithm>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/parameter_types.hpp"
#include "kernel/load_call.hpp"
#include "kernel/load_policy.hpp"
#include "kernel/module_files.hpp"

namespace kmodpp::kernel {

namespace {

/// Module settings of the kernel command line.
struct BootLine {
    bool nomodule = false;
    bool sig_enforce = false;
    std::optional<Lockdown> lockdown;
};

BootLine read_boot_line(std::string_view line) {
    BootLine out;
    for (const Parameter& parameter : split_parameters(line)) {
        // Neither setting can be turned off again.
        const bool on = check_parameter("bool", parameter, sizeof(long)).has_value() &&
                        shown_parameter("bool", parameter) == "Y";
        if (same_module_name(parameter.name, "nomodule")) out.nomodule |= on;
        if (same_module_name(parameter.name, "module.sig_enforce")) out.sig_enforce |= on;
        if (parameter.name == "lockdown" && parameter.value)
            if (const auto level = lockdown_named(*parameter.value))
                out.lockdown = std::max(out.lockdown.value_or(Lockdown::none), *level);
    }
    return out;
}

/// The kernel shows the level in brackets. A plain word, as it is written, also counts.
Lockdown raised_lockdown(const io::Root& root, std::string_view shown) {
    if (const auto level = lockdown_named(shown)) return *level;
    const auto text = read_state_file(root, "/sys/kernel/security/lockdown");
    if (!text) return Lockdown::none;
    return lockdown_named(trim(*text)).value_or(Lockdown::none);
}

}  // namespace

KernelRules read_rules(const io::Root& root, const KernelDescription& description,
                       std::string_view command_line) {
    const BootLine boot = read_boot_line(command_line);
    const LoadPolicy files = read_policy(root);
    KernelRules rules;
    rules.privileged = description.capability;
    rules.modules_disabled =
        description.modules_disabled || boot.nomodule || files.modules_disabled;

    rules.lockdown =
        std::max({description.lockdown, boot.lockdown.value_or(Lockdown::none),
                  raised_lockdown(root, files.lockdown)});
    // Any setting about signatures implies a kernel that checks them.
    const bool is_configured = !description.trusted.empty() || boot.sig_enforce ||
                               rules.lockdown != Lockdown::none ||
                               files.signatures_enforced;
    rules.signatures = description.signatures.value_or(
        is_configured ? SignatureRule::permissive : SignatureRule::unchecked);
    if (rules.signatures == SignatureRule::permissive &&
        (boot.sig_enforce || files.signatures_enforced == true))
        rules.signatures = SignatureRule::enforced;

    rules.compression = description.compression;
    if (const auto text = read_state_file(root, "/sys/module/compression");
        text && rules.compression == io::Compression::none)
        rules.compression = compression_named(trim(*text));
    return rules;
}

LoadPolicy policy_of(const KernelRules& rules) {
    LoadPolicy policy;
    if (rules.signatures != SignatureRule::unchecked)
        policy.signatures_enforced = rules.signatures == SignatureRule::enforced;
    // A kernel that does not check signatures was built without lockdown.
    if (policy.signatures_enforced || rules.lockdown != Lockdown::none)
        policy.lockdown = to_string(rules.lockdown);
    policy.modules_disabled = rules.modules_disabled;
    policy.privileged = rules.privileged;
    return policy;
}

}  // namespace kmodpp::kernel
