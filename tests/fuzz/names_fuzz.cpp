// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes names and wildcards, with fnmatch(3) of the C library as the oracle.
//
//   pattern NEWLINE text
#include <fnmatch.h>

#include <algorithm>

#include "base/nearest_word.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "base/wildcard.hpp"
#include "fuzz/fuzz.hpp"

namespace kmodpp::test {

namespace {

/// Patterns that are not compared: nested sets, which differ (see base/wildcard.hpp); an
/// unclosed '[' that ends within a range, which glibc does not match although it takes
/// other unclosed ones literally; and many stars, for which its time grows exponentially.
bool has_oracle(std::string_view pattern, std::string_view text) {
    constexpr std::size_t kLongest = 64;
    constexpr auto kMostStars = 3;
    return pattern.size() <= kLongest && text.size() <= kLongest &&
           std::ranges::count(pattern, '*') <= kMostStars && !pattern.contains('[') &&
           !pattern.contains('\0') && !text.contains('\0');
}

void check_names(std::string_view name) {
    const std::string normal = normalise_module_name(name);
    claim(normal.size() == name.size() && !normal.contains('-'),
          "a normalised name has no dash");
    claim(same_module_name(name, normal), "both spellings are the same module");
    claim(module_name_of_path(name).find_first_of("/.-") == std::string::npos,
          "a module's name is not a path");
    claim(base_name(name).find('/') == std::string_view::npos,
          "a base name has no slash");
    const std::string_view plain = without_compression_suffix(name);
    claim(without_compression_suffix(plain) == plain, "only one suffix is removed");
    if (const auto alias = normalise_alias(name))
        claim(normalise_alias(*alias) == alias,
              "normalising an alias twice changes nothing");
    const std::string shown = printable(name);
    claim(std::ranges::all_of(shown, [](char c) { return c >= ' ' && c < 0x7f; }),
          "printable text is plain ASCII");
    claim(printable(name, 8).size() <= 64, "printable text is limited");
}

}  // namespace

void fuzz_one(Bytes input) {
    Cutter cut(input);
    const std::string pattern(cut.line());
    const std::string text(cut.rest());
    const bool matches = wildcard_match(pattern, text);
    PrefixMatcher matcher(text);
    claim(matches ==
              (std::ranges::all_of(pattern, [&](char c) { return matcher.add(c); }) &&
               matcher.matches()),
          "both ways to match agree");
    if (has_oracle(pattern, text))
        claim(matches == (::fnmatch(pattern.c_str(), text.c_str(), 0) == 0),
              "the C library agrees");
    if (!has_wildcard(pattern) && !pattern.contains('\\'))
        claim(matches == (pattern == text), "a plain pattern matches itself");
    claim(wildcard_match("*", text), "a star matches everything");
    check_names(pattern);
    check_names(text);
    const std::size_t distance = edit_distance(pattern, text, 3);
    claim(distance == edit_distance(text, pattern, 3), "the edit distance is symmetric");
    claim((distance == 0) == (pattern == text),
          "equal words have distance 0, others do not");
}

}  // namespace kmodpp::test
