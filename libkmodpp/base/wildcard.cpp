// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/wildcard.hpp"

#include <algorithm>
#include <limits>

namespace kmodpp {

namespace {

/// What one pattern element (anything but '*') does with one character.
struct Element {
    bool matches;
    std::size_t length;  ///< bytes of the pattern that it takes
    bool closed = true;  ///< false for a '[' that nothing closes
};

Element match_bracket(std::string_view pattern, unsigned char c) {
    std::size_t at = 1;
    const bool negated =
        at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
    if (negated) ++at;
    bool found = false;
    // A ']' right after the opening stands for itself.
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
    std::size_t steps = std::numeric_limits<std::size_t>::max();
    return wildcard_match_within(pattern, text, steps).value_or(false);
}

std::optional<bool> wildcard_match_within(std::string_view pattern, std::string_view text,
                                          std::size_t& steps) {
    // Going back to the latest '*' alone is enough: an earlier one could only give the
    // later one less text to choose from.
    std::size_t p = 0, t = 0;
    std::size_t star = std::string_view::npos, star_text = 0;
    // Where one '[' is not closed, no later one is; knowing that keeps a pattern of
    // thousands of them from being scanned to its end at each.
    std::size_t unclosed_from = std::string_view::npos;
    while (t < text.size()) {
        if (steps == 0) return std::nullopt;
        --steps;
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            star_text = t;
            continue;
        }
        if (p < pattern.size()) {
            const Element element =
                match_element(pattern.substr(p), text[t], p < unclosed_from);
            if (!element.closed && p < unclosed_from) unclosed_from = p;
            // A set is read through whether it matches or not.
            steps -= std::min(steps, element.length - 1);
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

bool has_wildcard(std::string_view text) {
    return text.find_first_of("*?[") != std::string_view::npos;
}

}  // namespace kmodpp
