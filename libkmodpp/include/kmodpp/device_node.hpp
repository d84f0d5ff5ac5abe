// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Device nodes that can be created before their modules are loaded.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace kmodpp {

/// One line of modules.devname.
struct DeviceNode {
    std::string module;  ///< loaded when the node is opened
    std::string path;    ///< relative to /dev: "snd/seq"; never leads out of it
    bool block = false;  ///< else a character device
    unsigned major = 0;  ///< at most 4095
    unsigned minor = 0;  ///< at most 1048575
};

/// All nodes of a kernel release, in the order of its modules.devname.
struct DeviceNodes {
    std::vector<DeviceNode> nodes;  ///< in the order of modules.devname
    /// Number of invalid lines; each was reported to the message sink as a warning.
    std::size_t refused = 0;
};

}  // namespace kmodpp
