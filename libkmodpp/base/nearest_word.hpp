// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the word that a misspelt name was most likely meant to be.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kmodpp {

/// The number of characters that have to be inserted, removed, replaced, or swapped
/// with their neighbour to turn one word into the other; limit + 1 if it is larger than
/// \p limit. Words whose lengths differ by more than \p limit are not compared.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b,
                                        std::size_t limit);

/// Finds the candidate nearest to a misspelt word. Finds none for a word of one or two
/// characters, which is near every other short word, or for one longer than any name.
class NearestWord {
public:
    /// \param word borrowed
    explicit NearestWord(std::string_view word);

    /// Adds a candidate. If several are equally near, the first one is kept.
    /// \param shown how the candidate is written in the result
    void offer(std::string_view candidate, std::string_view shown);
    void offer(std::string_view candidate) { offer(candidate, candidate); }

    /// Empty if no candidate is near.
    [[nodiscard]] const std::string& result() const { return nearest_; }

private:
    std::string_view word_;
    std::size_t limit_;  ///< a candidate must have a smaller distance
    std::string nearest_;
};

}  // namespace kmodpp
