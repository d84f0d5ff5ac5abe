// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the devices of a kernel in /sys/devices, and what sysfs shows of each.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "kernel/sysfs.hpp"

namespace kmodpp::kernel {

inline constexpr std::string_view kSysDevices = "/sys/devices";

//   A device is a directory under /sys/devices (source: Documentation/driver-api/
//   driver-model, drivers/base/core.c):
//
//   modalias         the name that udev passes to modprobe
//   uevent           KEY=value lines; MODALIAS for buses without a modalias file (mmc)
//   subsystem        link to /sys/bus/BUS, or to /sys/class/CLASS, which has no drivers
//   driver           link to /sys/bus/BUS/drivers/DRIVER, if a driver is bound
//   driver/module    link to /sys/module/MODULE

/// Deeper than any real device. Directories below it are not visited, so that the
/// length of paths is bounded.
inline constexpr std::size_t kMaxDeviceDepth = 64;
/// More than the largest machines have.
inline constexpr std::size_t kMaxDeviceDirectories = 2'000'000;

struct Device {
    std::string path = {};           ///< "/sys/devices/pci0000:00/0000:00:1f.6"
    std::string modalias = {};       ///< not empty
    std::string bus = {};            ///< bus or class; empty: neither
    bool on_bus = false;             ///< a driver can be bound to it
    std::string driver = {};         ///< empty: none is bound
    std::string driver_module = {};  ///< as its link names it; empty: unknown or built in
};

/// The device in a directory; nullopt if it has no modalias.
/// \param path within the root
[[nodiscard]] std::optional<Device> read_device(const Sysfs& sysfs,
                                                std::string_view path);

struct DeviceTree {
    std::vector<Device> devices;  ///< sorted by path, parents first
    bool is_complete = true;      ///< false: a limit was reached
};
/// All devices with a modalias. Follows no symlinks. The error is that of opening
/// /sys/devices.
[[nodiscard]] Result<DeviceTree> read_devices(const Sysfs& sysfs);

/// The value of a line "KEY=value" in a uevent file; empty if there is none.
/// \param directory of the device
[[nodiscard]] std::string uevent_value(const Sysfs& sysfs, std::string_view directory,
                                       std::string_view key);

}  // namespace kmodpp::kernel
