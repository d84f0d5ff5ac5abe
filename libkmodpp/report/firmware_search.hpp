// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds firmware files in the directories that the kernel searches.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/system.hpp"

namespace kmodpp {

//   The order of the kernel (source: drivers/base/firmware_loader/main.c): the file
//   itself in each of these directories, then FILE.zst in each, then FILE.xz in each.
//
//   firmware_class.path           parameter of the running kernel, if it is not empty
//   /lib/firmware/updates/RELEASE
//   /lib/firmware/updates
//   /lib/firmware/RELEASE
//   /lib/firmware
//
/// For modules of another release, RELEASE is that release. The parameter is ignored for
/// the root of an image.
class FirmwareSearch {
public:
    /// \param system must outlive the search
    explicit FirmwareSearch(const System& system);

    /// Within the root of the modules, in order.
    [[nodiscard]] const std::vector<std::string>& directories() const {
        return directories_;
    }
    /// The path of the first file within the root; empty if there is none. If the name
    /// contains wildcards, the first file by name that matches.
    [[nodiscard]] std::string find(std::string_view name) const;

private:
    [[nodiscard]] std::string find_matching(const std::string& directory,
                                            std::string_view name) const;

    kernel::Sysfs files_;  ///< of the root of the modules
    std::vector<std::string> directories_;
};

}  // namespace kmodpp
