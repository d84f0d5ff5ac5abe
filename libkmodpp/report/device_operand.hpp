// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the device that a user names.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "kernel/device_tree.hpp"
#include "kernel/sysfs.hpp"

namespace kmodpp {

/// Accepts a path in /sys, a node in /dev, the name of a network interface, the name of a
/// device on any bus ("0000:00:1f.6", "00:1f.6", "1-2:1.0"), or an alias. Of a directory
/// without a modalias, such as /sys/class/net/eth0, the nearest device above it is meant.
/// For an alias, only Device::modalias is set. not_found: there is no such device.
[[nodiscard]] Result<kernel::Device> find_device(const kernel::Sysfs& sysfs,
                                                 std::string_view operand);

}  // namespace kmodpp
