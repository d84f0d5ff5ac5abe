// SPDX-License-Identifier: LGPL-2.1-or-later
// modules.devname: the device nodes whose opening loads a module (source: depmod(8),
// modules.dep(5)):
//
//   # comment
//   MODULE NODE cMAJOR:MINOR       a character device, /dev/NODE
//   MODULE NODE bMAJOR:MINOR       a block device
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kmodpp/device_node.hpp"

namespace kmodpp {

/// What the kernel's device numbers can hold (source: include/linux/kdev_t.h).
inline constexpr unsigned kMaxMajor = (1u << 12) - 1;
inline constexpr unsigned kMaxMinor = (1u << 20) - 1;

struct DevnameFile {
    std::vector<DeviceNode> nodes;
    /// "line 7: the node '../etc/passwd' leads out of /dev": one for each line that was
    /// refused.
    std::vector<std::string> remarks;
};

/// Reads every line that can be trusted. A node becomes part of files that services of
/// the system obey without a further look, so its name is held to the characters that
/// names in /dev are made of: letters, digits and "_+,.:@#=~!-", in components that are
/// neither empty nor "." nor "..".
[[nodiscard]] DevnameFile parse_devname(std::string_view text);

/// One line, with its newline: the inverse.
[[nodiscard]] std::string format_devname_line(const DeviceNode& node);

}  // namespace kmodpp
