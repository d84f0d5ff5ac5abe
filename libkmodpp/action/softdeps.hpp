// SPDX-License-Identifier: LGPL-2.1-or-later
// The soft dependencies of modules, found by name.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "format/modprobe_config.hpp"
#include "kmodpp/plan.hpp"

namespace kmodpp {

/// Borrows the configuration.
class SoftdepIndex {
public:
    explicit SoftdepIndex(const ModprobeConfig& config);

    /// Positions in ModprobeConfig::softdeps of every line that names the module or the
    /// alias that led to it. All of them count, in the order in which they were read:
    /// the administrator's before those of the modules.
    [[nodiscard]] std::vector<std::size_t> of(const NamedModule& module) const;

private:
    const std::vector<SoftdepRule>& rules_;
    std::vector<std::size_t> by_module_;  ///< sorted by the module, then by position
};

}  // namespace kmodpp
