// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules by which a simulated kernel accepts modules at this moment.
#pragma once

#include <string_view>

#include "io/decompress.hpp"
#include "io/root.hpp"
#include "kernel/kernel.hpp"
#include "simulated/kernel_description.hpp"

namespace kmodpp::kernel {

struct KernelRules {
    bool privileged = true;
    bool modules_disabled = false;
    SignatureRule signatures = SignatureRule::unchecked;
    Lockdown lockdown = Lockdown::none;
    /// The compression that the kernel unpacks itself.
    io::Compression compression = io::Compression::none;
};

/// Combines the description, the command line (nomodule, module.sig_enforce, lockdown=),
/// the files that can be written in a running kernel (proc/sys/kernel/modules_disabled,
/// sys/module/module/parameters/sig_enforce, sys/kernel/security/lockdown) and
/// sys/module/compression. Each of them can only make the rules stricter.
[[nodiscard]] KernelRules read_rules(const io::Root& root,
                                     const KernelDescription& description,
                                     std::string_view command_line);

/// The rules in the form that a real kernel reports them.
[[nodiscard]] LoadPolicy policy_of(const KernelRules& rules);

}  // namespace kmodpp::kernel
