// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/edit_distance.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace kmodpp {

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
    if (a.size() < b.size()) std::swap(a, b);
    if (a.size() - b.size() > limit) return limit + 1;
    // Rows of the distance table between prefixes of both words: the current row and the
    // two before it, which a swap of two letters needs.
    std::vector<std::size_t> row(b.size() + 1), before(row), earlier(row);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        earlier.swap(before);
        before.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = before[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({before[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], earlier[j - 2] + 1);
        }
        // A swap of two letters refers to the row before the previous one.
        if (std::min(std::ranges::min(row), std::ranges::min(before)) > limit)
            return limit + 1;
    }
    return std::min(row[b.size()], limit + 1);
}

}  // namespace kmodpp
