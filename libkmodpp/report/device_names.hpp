// SPDX-License-Identifier: LGPL-2.1-or-later
// Describes devices as users know them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "format/hardware_ids.hpp"
#include "kernel/device_tree.hpp"
#include "kernel/sysfs.hpp"

namespace kmodpp {

/// Reads the lists of hwdata when they are first needed.
class DeviceNames {
public:
    /// \param files of the root that contains /sys and /usr/share; must outlive this
    /// object
    explicit DeviceNames(const kernel::Sysfs& files) : files_(files) {}

    /// "Ethernet controller: Intel Corporation Ethernet Connection I219-LM"; empty if
    /// nothing is known but the alias.
    [[nodiscard]] std::string describe(const kernel::Device& device);

private:
    struct List {
        std::string text;  ///< the ids borrow from it
        HardwareIds ids;
    };
    [[nodiscard]] const HardwareIds& ids(const std::string& file_name);

    const kernel::Sysfs& files_;
    std::map<std::string, std::unique_ptr<List>> lists_;  ///< by file name
};

}  // namespace kmodpp
