// SPDX-License-Identifier: LGPL-2.1-or-later
// The soft dependencies of modules, found by name.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "format/modprobe_config.hpp"
#include "kmodpp/plan.hpp"

namespace kmodpp {

/// Borrows the configuration. An ordinary load asks a handful of times, which a look at
/// every line answers sooner than these are sorted; who asks more often is answered from
/// the sorted lines.
class SoftdepIndex {
public:
    explicit SoftdepIndex(const ModprobeConfig& config) : rules_(config.softdeps) {}

    /// Positions in ModprobeConfig::softdeps of every line whose pattern is of the
    /// module, or that names the alias that led to it. All of them count, in the order in
    /// which they were read: the administrator's before those of the modules.
    [[nodiscard]] std::vector<std::size_t> of(const NamedModule& module);

private:
    [[nodiscard]] std::vector<std::size_t> scan(const NamedModule& module) const;
    void sort();

    const std::vector<SoftdepRule>& rules_;
    std::size_t scans_ = 0;
    std::vector<std::size_t> by_module_ = {};  ///< by the module, then by position
    std::vector<std::size_t> patterns_ = {};   ///< of which the module is not all
};

}  // namespace kmodpp
