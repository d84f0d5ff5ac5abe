// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the modules for the aliases of devices.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "catalog/catalog.hpp"
#include "kernel/sysfs.hpp"
#include "kmodpp/plan.hpp"

namespace kmodpp {

/// Looks up each alias only once: many devices of a machine have the same one.
class DeviceMatches {
public:
    /// More than match a real device. In an untrusted index, every module can match
    /// every device.
    static constexpr std::size_t kMaxModules = 100;

    /// \param catalog must outlive the matches
    /// \param files reports aliases that match too many modules
    DeviceMatches(Catalog& catalog, const kernel::Sysfs& files)
        : catalog_(catalog), files_(files) {}

    /// The modules that modprobe would load for the alias, and the built-in modules
    /// that have it, each once; only the first kMaxModules. Borrows from this object.
    [[nodiscard]] Result<const std::vector<NamedModule>*> find(
        const std::string& modalias);

private:
    Catalog& catalog_;
    kernel::Sysfs files_;
    std::unordered_map<std::string, std::vector<NamedModule>> found_;
};

}  // namespace kmodpp
