// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the circles among modules that need each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kmodpp::index {

/// What each module needs itself, by position, each once.
using Edges = std::vector<std::vector<std::uint32_t>>;

/// Modules each of which needs every other, directly or not; or one that needs itself.
struct CycleGroup {
    std::vector<std::uint32_t> members;  ///< ascending
    /// For every need within the group a shortest circle that it is part of. Each circle
    /// once, from its lowest member on, which is not repeated at the end.
    std::vector<std::vector<std::uint32_t>> cycles;
    /// There are more: the first are those that name kMaxNamed modules.
    bool cut_short = false;
};

/// Modules that all need each other have more circles than anybody can read: their number
/// grows with the square of theirs.
inline constexpr std::size_t kMaxNamed = 2000;

/// Groups in the order of their lowest members.
[[nodiscard]] std::vector<CycleGroup> find_cycles(const Edges& edges);

}  // namespace kmodpp::index
