// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the word that a misspelt name was most likely meant to be.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kmodpp {

/// How many characters have to be put in, left out, replaced, or swapped with their
/// neighbour to make one word of the other. More than \p limit: limit + 1; words whose
/// lengths tell so are not even looked at.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b,
                                        std::size_t limit);

/// Compares words with one that is not known. Words of one or two characters, to which
/// every other short word would be near, and words longer than any name have no nearest.
class NearestWord {
public:
    /// Borrows the word.
    explicit NearestWord(std::string_view word);

    /// Of words that are equally near, the first one counts.
    /// \param shown how the candidate is written in the result
    void offer(std::string_view candidate, std::string_view shown);
    void offer(std::string_view candidate) { offer(candidate, candidate); }

    /// Empty: no word was near.
    [[nodiscard]] const std::string& result() const { return nearest_; }

private:
    std::string_view word_;
    std::size_t limit_;  ///< a candidate has to be nearer than that
    std::string nearest_;
};

}  // namespace kmodpp
