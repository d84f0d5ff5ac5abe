// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds dependency cycles among modules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kmodpp::index {

/// Direct dependencies of each module, by position, each once.
using Edges = std::vector<std::vector<std::uint32_t>>;

/// Modules that all depend on each other, directly or indirectly; or one module that
/// depends on itself.
struct CycleGroup {
    std::vector<std::uint32_t> members;  ///< ascending
    /// For every dependency within the group, a shortest cycle that contains it. Each
    /// cycle occurs once and starts with its lowest member, which is not repeated at the
    /// end.
    std::vector<std::vector<std::uint32_t>> cycles;
    /// True if there are more cycles: the list ends after kMaxNamed named modules.
    bool cut_short = false;
};

/// Limit for the report: the number of cycles grows with the square of the number of
/// modules in a group.
inline constexpr std::size_t kMaxNamed = 2000;

/// All groups, ordered by their lowest members.
[[nodiscard]] std::vector<CycleGroup> find_cycles(const Edges& edges);

}  // namespace kmodpp::index
