// SPDX-License-Identifier: LGPL-2.1-or-later
// Matches the shell wildcards of alias patterns: *, ?, [set], [!set], \c.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/text.hpp"

namespace kmodpp {

/// True if the whole of \p text matches. A '[' without a matching ']' is literal.
/// Agrees with fnmatch(3) without flags in the C locale, except for classes such as
/// [[:alpha:]], which no alias uses; they are treated as plain sets. Takes at most
/// pattern x text steps, even for hostile patterns.
[[nodiscard]] bool wildcard_match(std::string_view pattern, std::string_view text);

/// Matches one text against patterns with common prefixes, such as the keys of a trie.
/// The pattern is passed one character at a time, and a search can return to a shorter
/// one. Agrees with wildcard_match for every pattern. Each character costs one step per
/// 64 bytes of text, for any pattern.
class PrefixMatcher {
public:
    /// \param text borrowed
    explicit PrefixMatcher(std::string_view text);

    /// Resets the pattern to empty. It is matched against the text from offset \p from
    /// on.
    void restart(std::size_t from);
    /// Appends a character to the pattern. False if no pattern that begins like this one
    /// can match.
    [[nodiscard]] bool add(char c);
    /// True if the whole text matches the current pattern.
    [[nodiscard]] bool matches() const;

    /// Saves the current pattern; may be nested.
    void save();
    /// Returns to the pattern of the latest save(), and discards that one.
    void restore();

private:
    /// What the next character of the pattern can be.
    enum class Place : std::uint8_t {
        element,      ///< a new element
        escaped,      ///< after a backslash
        set_begin,    ///< after '[': may be a negation
        set_first,    ///< after a negation: a ']' is literal
        set_item,     ///< the low end of a range, or ']'
        set_escaped,  ///< the low end, after a backslash
        set_low,      ///< after a low end: may be '-'
        set_dash,     ///< the high end
        set_high      ///< the high end, after a backslash
    };
    struct State {
        Place place = Place::element;
        bool negated = false;
        bool literal_escaped = false;  ///< after a backslash, if the open '[' is literal
        unsigned char low = 0;
        std::array<std::uint64_t, 4> set = {};  ///< characters of the open set
    };
    using Word = std::uint64_t;

    /// The positions in the text that the pattern can have reached so far.
    [[nodiscard]] Word* reached() { return words_.data() + words_.size() - 2 * size_; }
    /// Same, if the open '[' is literal because no ']' follows.
    [[nodiscard]] Word* literal() { return words_.data() + words_.size() - size_; }

    [[nodiscard]] bool any(const Word* positions) const;
    void shift(Word* positions, const Word* allowed) const;
    void spread(Word* positions) const;
    void add_element(Word* positions, bool& escaped, char c, bool brackets);
    void add_to_set(char c);
    void add_range(unsigned char low, unsigned char high);
    void close_set();
    [[nodiscard]] const Word* places_of(char c) const {
        return places_.data() + size_ * slots_[static_cast<unsigned char>(c)];
    }

    std::string_view text_;
    std::size_t size_;          ///< number of words in a set of positions
    std::vector<Word> places_;  ///< slot 0: empty; then one set for each character
    std::array<std::uint16_t, 256> slots_ = {};  ///< slot of each character of the text
    std::vector<Word> inside_;                   ///< every position but the end
    std::vector<Word> words_;    ///< the saved sets, then the current ones
    std::vector<State> states_;  ///< likewise
};

/// Characters that begin a wildcard.
inline constexpr std::string_view kWildcards = "*?[";
/// Characters that do not always match themselves: these, and the backslash.
inline constexpr CharSet kPatternCharacters("*?[\\");

/// Position of the first character that begins a wildcard; the size of \p text if there
/// is none.
[[nodiscard]] constexpr std::size_t find_wildcard(std::string_view text) {
    return CharSet(kWildcards).find(text);
}
[[nodiscard]] constexpr bool has_wildcard(std::string_view text) {
    return find_wildcard(text) < text.size();
}

}  // namespace kmodpp
