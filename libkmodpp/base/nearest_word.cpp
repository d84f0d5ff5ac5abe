// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/nearest_word.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace kmodpp {

namespace {

constexpr std::size_t kShortest = 3;
/// Longer than the name of any module or parameter; bounds the cost of a comparison.
constexpr std::size_t kLongestWord = 64;

/// One more than the number of likely typing errors in a word of that length.
std::size_t first_limit(std::size_t length) {
    if (length < kShortest || length > kLongestWord) return 0;
    return length < 4 ? 2 : length < 8 ? 3 : 4;
}

}  // namespace

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

NearestWord::NearestWord(std::string_view word)
    : word_(word), limit_(first_limit(word.size())) {}

void NearestWord::offer(std::string_view candidate, std::string_view shown) {
    if (limit_ == 0) return;
    const std::size_t distance = edit_distance(candidate, word_, limit_ - 1);
    if (distance >= limit_) return;
    limit_ = distance;
    nearest_ = shown;
}

}  // namespace kmodpp
