// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/wildcard.hpp"

#include <algorithm>
#include <bit>

namespace kmodpp {

namespace {

/// Number of positions in one word of a set.
constexpr std::size_t kBits = 64;

/// How one pattern element (anything but '*') matches one character.
struct Element {
    bool matches;
    std::size_t length;  ///< of the element, in bytes of the pattern
    bool closed = true;  ///< false for a '[' without a matching ']'
};

Element match_bracket(std::string_view pattern, unsigned char c) {
    std::size_t at = 1;
    const bool negated =
        at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
    if (negated) ++at;
    bool found = false;
    // A ']' right after the opening bracket is literal.
    for (bool first = true; at < pattern.size(); first = false) {
        if (pattern[at] == ']' && !first) return {found != negated, at + 1};
        if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
        const auto low = static_cast<unsigned char>(pattern[at++]);
        auto high = low;
        if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
            ++at;
            if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
            high = static_cast<unsigned char>(pattern[at++]);
        }
        found = found || (low <= c && c <= high);
    }
    return {c == '[', 1, false};
}

Element match_element(std::string_view pattern, char c, bool brackets_close) {
    switch (pattern[0]) {
        case '?': return {true, 1};
        case '[':
            if (!brackets_close) return {c == '[', 1, false};
            return match_bracket(pattern, static_cast<unsigned char>(c));
        case '\\':
            // A backslash that ends the pattern matches nothing.
            return pattern.size() > 1 ? Element{pattern[1] == c, 2} : Element{false, 1};
        default: return {pattern[0] == c, 1};
    }
}

}  // namespace

bool wildcard_match(std::string_view pattern, std::string_view text) {
    // Most patterns are names that begin with another character.
    if (!pattern.empty() && !kPatternCharacters.contains(pattern.front()) &&
        !text.starts_with(pattern.front()))
        return false;
    // Backtracking to the latest '*' is enough: an earlier one could only leave less
    // text for the later one.
    std::size_t p = 0, t = 0;
    std::size_t star = std::string_view::npos, star_text = 0;
    // If one '[' is not closed, no later one is closed either. Remembering this avoids
    // a scan to the end of the pattern for each of thousands of them.
    std::size_t unclosed_from = std::string_view::npos;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_text = t;
            continue;
        }
        if (p < pattern.size()) {
            const Element element =
                match_element(pattern.substr(p), text[t], p < unclosed_from);
            if (!element.closed && p < unclosed_from) unclosed_from = p;
            if (element.matches) {
                p += element.length;
                ++t;
                continue;
            }
        }
        if (star == std::string_view::npos) return false;
        p = star + 1;
        t = ++star_text;
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

PrefixMatcher::PrefixMatcher(std::string_view text)
    : text_(text), size_(text.size() / kBits + 1), places_(size_), inside_(size_) {
    std::uint16_t last_slot = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::uint16_t& slot = slots_[static_cast<unsigned char>(text[at])];
        if (slot == 0) {
            slot = ++last_slot;
            places_.resize(places_.size() + size_);
        }
        const std::uint64_t bit = std::uint64_t{1} << at % kBits;
        places_[slot * size_ + at / kBits] |= bit;
        inside_[at / kBits] |= bit;
    }
    restart(0);
}

void PrefixMatcher::restart(std::size_t from) {
    states_.assign(1, {});
    words_.assign(2 * size_, 0);
    reached()[from / kBits] = std::uint64_t{1} << from % kBits;
}

bool PrefixMatcher::add(char c) {
    State& state = states_.back();
    if (state.place <= Place::escaped) {
        bool escaped = state.place == Place::escaped;
        add_element(reached(), escaped, c, true);
        if (escaped)
            state.place = Place::escaped;
        else if (state.place == Place::escaped)
            state.place = Place::element;
        return any(reached()) || (state.place == Place::set_begin && any(literal()));
    }
    add_element(literal(), state.literal_escaped, c, false);
    add_to_set(c);
    return any(reached()) || (state.place > Place::escaped && any(literal()));
}

/// \param brackets false if a '[' is literal
void PrefixMatcher::add_element(Word* positions, bool& escaped, char c, bool brackets) {
    if (!escaped) {
        switch (c) {
            case '*': return spread(positions);
            case '?': return shift(positions, inside_.data());
            case '\\': escaped = true; return;
            case '[':
                if (!brackets) break;
                states_.back() = {.place = Place::set_begin};
                std::copy_n(positions, size_, literal());
                return shift(literal(), places_of(c));
            default: break;
        }
    }
    escaped = false;
    shift(positions, places_of(c));
}

void PrefixMatcher::add_to_set(char c) {
    State& state = states_.back();
    const auto byte = static_cast<unsigned char>(c);
    const auto begin_item = [&] {
        state.low = byte;
        state.place = c == '\\' ? Place::set_escaped : Place::set_low;
    };
    switch (state.place) {
        case Place::set_begin:
            state.negated = c == '!' || c == '^';
            if (state.negated)
                state.place = Place::set_first;
            else
                begin_item();
            return;
        case Place::set_first: return begin_item();
        case Place::set_low:
            if (c == '-') {
                state.place = Place::set_dash;
                return;
            }
            add_range(state.low, state.low);
            [[fallthrough]];
        case Place::set_item:
            if (c == ']') return close_set();
            return begin_item();
        case Place::set_escaped:
            state.low = byte;
            state.place = Place::set_low;
            return;
        case Place::set_dash:
            if (c == ']') {
                add_range(state.low, state.low);
                add_range('-', '-');
                return close_set();
            }
            if (c == '\\') {
                state.place = Place::set_high;
                return;
            }
            break;
        default: break;
    }
    add_range(state.low, byte);
    state.place = Place::set_item;
}

void PrefixMatcher::add_range(unsigned char low, unsigned char high) {
    for (unsigned byte = low; byte <= high; ++byte)
        states_.back().set[byte / kBits] |= std::uint64_t{1} << byte % kBits;
}

void PrefixMatcher::close_set() {
    State& state = states_.back();
    Word* const positions = reached();
    Word* const allowed = literal();  // reuses its memory: it is not needed any more
    std::fill_n(allowed, size_, 0);
    for (std::size_t word = 0; word < size_; ++word) {
        for (Word rest = positions[word] & inside_[word]; rest != 0; rest &= rest - 1) {
            const auto bit = static_cast<unsigned>(std::countr_zero(rest));
            const auto byte = static_cast<unsigned char>(text_[word * kBits + bit]);
            const bool found = (state.set[byte / kBits] >> byte % kBits & 1) != 0;
            if (found != state.negated) allowed[word] |= Word{1} << bit;
        }
    }
    shift(positions, allowed);
    state.place = Place::element;
}

bool PrefixMatcher::matches() const {
    const State& state = states_.back();
    const std::size_t end = text_.size() / kBits;
    const auto at_end = [&](std::size_t set) {
        return (words_[words_.size() - set * size_ + end] >> text_.size() % kBits & 1) !=
               0;
    };
    if (state.place == Place::element) return at_end(2);
    return state.place != Place::escaped && !state.literal_escaped && at_end(1);
}

void PrefixMatcher::save() {
    const std::size_t used = words_.size();
    words_.resize(used + 2 * size_);
    std::copy_n(words_.data() + used - 2 * size_, 2 * size_, words_.data() + used);
    states_.push_back(states_.back());
}

void PrefixMatcher::restore() {
    words_.resize(words_.size() - 2 * size_);
    states_.pop_back();
}

bool PrefixMatcher::any(const Word* positions) const {
    return std::any_of(positions, positions + size_, [](Word word) { return word != 0; });
}

/// Advances the positions that are in \p allowed by one, and removes the others.
void PrefixMatcher::shift(Word* positions, const Word* allowed) const {
    Word carry = 0;
    for (std::size_t word = 0; word < size_; ++word) {
        const Word moving = positions[word] & allowed[word];
        positions[word] = moving << 1 | carry;
        carry = moving >> (kBits - 1);
    }
}

/// Adds every later position.
void PrefixMatcher::spread(Word* positions) const {
    std::size_t word = 0;
    while (word < size_ && positions[word] == 0) ++word;
    if (word == size_) return;
    positions[word] |= ~(positions[word] - 1);
    while (++word < size_) positions[word] = ~Word{0};
    positions[size_ - 1] &= ~Word{0} >> (kBits - 1 - text_.size() % kBits);
}

}  // namespace kmodpp
