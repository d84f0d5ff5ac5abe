// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Loaded modules that are not in use.
#pragma once

#include <string>
#include <vector>

#include <kmodpp/loaded_module.hpp>

namespace kmodpp {

/// A device and the driver that it is bound to, as sysfs names them.
struct BoundDevice {
    std::string device;  ///< "0000:00:1f.6"
    std::string driver;  ///< "pci:e1000e"
};

/// A live module without references and without modules that use it. Plain data.
struct UnusedModule {
    LoadedModule module;  ///< the module
    /// Devices that are bound to drivers of the module, which does not count as a
    /// reference. Removing the module would release them.
    std::vector<BoundDevice> devices = {};
};

/// True if the kernel would remove the module, and no device would lose its driver.
[[nodiscard]] inline bool is_removable(const UnusedModule& unused) {
    return !unused.module.permanent && unused.devices.empty();
}

}  // namespace kmodpp
