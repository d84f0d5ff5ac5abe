// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads and writes modules.devname: device nodes that load a module when they are opened
// (source: depmod(8), modules.dep(5)):
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

/// Limits of the kernel's device numbers (source: include/linux/kdev_t.h).
inline constexpr unsigned kMaxMajor = (1u << 12) - 1;
inline constexpr unsigned kMaxMinor = (1u << 20) - 1;

struct DevnameFile {
    std::vector<DeviceNode> nodes;
    /// One message per invalid line: "line 7: the device number 'x1:3' begins with
    /// neither c nor b".
    std::vector<std::string> remarks;
};

/// Reads all valid lines. System services use the node names without further checks, so
/// a name may only contain letters, digits and "_+,.:@#=~!-", and no component may be
/// empty, "." or "..".
[[nodiscard]] DevnameFile parse_devname(std::string_view text);

/// Formats one line, with its newline.
[[nodiscard]] std::string format_devname_line(const DeviceNode& node);

}  // namespace kmodpp
