// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the soft dependencies of a module.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "format/modprobe_config.hpp"
#include "kmodpp/plan.hpp"

namespace kmodpp {

/// Borrows the configuration. The first few queries scan all lines, which is faster than
/// sorting them for an ordinary load; later queries use sorted lines.
class SoftdepIndex {
public:
    explicit SoftdepIndex(const ModprobeConfig& config) : rules_(config.softdeps) {}

    /// Positions in ModprobeConfig::softdeps of all lines whose pattern matches the
    /// module, or that name the alias that led to it, in the order in which they were
    /// read: the administrator's lines come before those of the modules.
    [[nodiscard]] std::vector<std::size_t> of(const NamedModule& module);

private:
    [[nodiscard]] std::vector<std::size_t> scan(const NamedModule& module) const;
    void sort();

    const std::vector<SoftdepRule>& rules_;
    std::size_t scans_ = 0;
    std::vector<std::size_t> by_module_ = {};  ///< sorted by module, then by position
    std::vector<std::size_t> patterns_ = {};   ///< lines with a wildcard
};

}  // namespace kmodpp
