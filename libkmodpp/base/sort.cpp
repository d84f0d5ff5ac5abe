// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/sort.hpp"

#include <algorithm>
#include <numeric>

namespace kmodpp::detail {

std::vector<std::size_t> sorted_positions(
    std::size_t count, const std::function<bool(std::size_t, std::size_t)>& less) {
    std::vector<std::size_t> positions(count);
    std::iota(positions.begin(), positions.end(), 0);
    // Many lists are sorted already.
    std::size_t sorted = 1;
    while (sorted < count && !less(sorted, sorted - 1)) ++sorted;
    if (sorted < count)
        std::ranges::sort(positions, [&](std::size_t a, std::size_t b) {
            return a < b ? !less(b, a) : less(a, b);
        });
    return positions;
}

}  // namespace kmodpp::detail
