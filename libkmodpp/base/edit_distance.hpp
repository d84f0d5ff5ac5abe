// SPDX-License-Identifier: LGPL-2.1-or-later
// How much two words differ: for the names that people mistype.
#pragma once

#include <cstddef>
#include <string_view>

namespace kmodpp {

/// How many characters have to be put in, left out, replaced, or swapped with their
/// neighbour to make one word of the other. More than \p limit: limit + 1; words whose
/// lengths tell so are not even looked at.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b,
                                        std::size_t limit);

/// The limit within which a word of that length is a likely misspelling of another.
[[nodiscard]] constexpr std::size_t likely_typos(std::size_t length) {
    return length < 4 ? 1 : length < 8 ? 2 : 3;
}

}  // namespace kmodpp
