// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules by which a simulated kernel takes modules at this moment.
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
    io::Compression compression = io::Compression::none;  ///< that it unpacks by itself
};

/// What the description says, the command line (nomodule, module.sig_enforce, lockdown=)
/// and the files of the root that can be written in a running kernel
/// (proc/sys/kernel/modules_disabled, sys/module/module/parameters/sig_enforce,
/// sys/kernel/security/lockdown) or that tell of it (sys/module/compression). Each of
/// them can only make the rules stricter.
[[nodiscard]] KernelRules read_rules(const io::Root& root,
                                     const KernelDescription& description,
                                     std::string_view command_line);

/// The same as a real kernel tells it.
[[nodiscard]] LoadPolicy policy_of(const KernelRules& rules);

}  // namespace kmodpp::kernel
