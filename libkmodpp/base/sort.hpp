// SPDX-License-Identifier: LGPL-2.1-or-later
// Sorts where speed matters less than size: each use of std::stable_sort() adds several
// kilobytes of code, and one of std::sort() two or three.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace kmodpp {

namespace detail {

/// The positions from 0 to \p count - 1 in the order of \p less, which compares the
/// elements at two positions. Equal elements keep their order.
[[nodiscard]] std::vector<std::size_t> sorted_positions(
    std::size_t count, const std::function<bool(std::size_t, std::size_t)>& less);

}  // namespace detail

/// Sorts by the key of each element: what a function returns for it, or a member. Equal
/// elements keep their order.
template <class T, class Key>
void sort_by(std::vector<T>& items, const Key& key) {
    const auto order =
        detail::sorted_positions(items.size(), [&](std::size_t a, std::size_t b) {
            return std::invoke(key, items[a]) < std::invoke(key, items[b]);
        });
    std::vector<T> sorted;
    sorted.reserve(items.size());
    for (const std::size_t position : order) sorted.push_back(std::move(items[position]));
    items = std::move(sorted);
}

}  // namespace kmodpp
