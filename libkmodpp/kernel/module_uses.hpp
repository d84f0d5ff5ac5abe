// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds what keeps a module in use besides other modules: mounts, network links, open
// device nodes and bound devices.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "io/root.hpp"
#include "kernel/kernel.hpp"

namespace kmodpp::kernel {

/// See Kernel::uses. From /proc/mounts, /sys/class/net, /sys/dev, /proc/PID/fd and
/// /sys/module/NAME/drivers of the root.
[[nodiscard]] std::vector<ModuleUse> read_uses(
    const io::Root& root, std::string_view name, const std::vector<std::string>& nodes,
    const std::function<bool(std::string_view)>& is_file_system);

/// See Kernel::bound_devices.
[[nodiscard]] std::vector<ModuleUse> read_bound_devices(const io::Root& root,
                                                        std::string_view name);

}  // namespace kmodpp::kernel
