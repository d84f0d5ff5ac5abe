// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of base/wildcard.hpp, with fnmatch(3) of the C library as the oracle.
#include "base/wildcard.hpp"

#include <doctest/doctest.h>
#include <fnmatch.h>

#include <random>
#include <string>

using namespace kmodpp;

TEST_CASE("wildcard_match: follows the rules of shell wildcards") {
    const struct {
        std::string_view pattern, text;
        bool expected;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"?", "", false},
        {"pci:v*d*", "pci:v00001AF4d00001000", true},
        {"pci:v*d*x", "pci:v00001AF4d00001000", false},
        {"a*b*c", "aXbXbXc", true},
        {"a?c", "abc", true},
        {"[a-c]x", "bx", true},
        {"[!a-c]x", "bx", false},
        {"[^a-c]x", "dx", true},
        {"[]]", "]", true},
        {"[]a]", "a", true},
        {"[a-]", "-", true},
        {"[z-a]", "m", false},
        {"[", "[", true},
        {"a[b", "a[b", true},
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"\\", "\\", false},
        {"a\\", "a", false},
        {"[\\]]", "]", true},
        {"[[.]", ".", true},
        {"[[:alpha:]]", "x", false},
        {"[a-", "[a-", true},
        {"*.ko", ".ko", true},
        {"*/b", "a/.x/b", true},
    };
    for (const auto& c : cases) {
        CAPTURE(c.pattern);
        CAPTURE(c.text);
        CHECK(wildcard_match(c.pattern, c.text) == c.expected);
    }
}

namespace {
/// Patterns that are not compared with fnmatch: POSIX classes ([[:alpha:]], [[.-.]],
/// [[=a=]]), which no alias uses and wildcard_match reads letter by letter; and an
/// unclosed '[' that ends within a range: glibc matches nothing then, but takes other
/// unclosed brackets literally.
bool is_beyond_oracle(std::string_view pattern) {
    return pattern.find("[.") != std::string_view::npos || pattern.ends_with('-') ||
           pattern.ends_with("-\\");
}
}  // namespace

TEST_CASE("wildcard_match: agrees with fnmatch on generated patterns") {
    // The alphabets are small, so that all combinations of elements occur.
    const struct {
        std::string_view pattern_letters, text_letters;
        std::size_t pattern_length, text_length;
    } kinds[] = {
        {"ab*?", "ab", 8, 10},          {"ab*?[]!-", "ab!-[]", 9, 6},
        {"ab[]^-\\", "ab^-]\\[", 9, 4}, {"a[]!^-\\*?", "a-]![^", 7, 3},
        {"abcd[-]", "abcde-[", 10, 4},  {"az\xe4\xff[-]*", "az\xe4\xff", 7, 4},
        {"/.a*?[]", "/.a", 7, 6},
    };
    std::mt19937 random(20240229);
    const auto word = [&](std::string_view letters, std::size_t most) {
        std::string out(random() % (most + 1), ' ');
        for (char& c : out) c = letters[random() % letters.size()];
        return out;
    };
    for (const auto& kind : kinds) {
        std::size_t matches = 0;
        for (int i = 0; i < 60'000; ++i) {
            const std::string pattern = word(kind.pattern_letters, kind.pattern_length);
            const std::string text = word(kind.text_letters, kind.text_length);
            if (is_beyond_oracle(pattern)) continue;
            const bool expected = fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
            matches += expected;
            if (wildcard_match(pattern, text) == expected) continue;
            CAPTURE(pattern);
            CAPTURE(text);
            CHECK(wildcard_match(pattern, text) == expected);
        }
        CHECK(matches > 100);  // otherwise the alphabet tests nothing
    }
}

TEST_CASE("wildcard_match: matches hostile patterns in bounded time") {
    std::string stars;
    for (int i = 0; i < 2'000; ++i) stars += "*a";
    const std::string letters(4'000, 'a');
    const std::string brackets(4'000, '[');
    CHECK(wildcard_match(stars, letters));
    CHECK_FALSE(wildcard_match(stars + "b", letters));
    CHECK(wildcard_match(brackets, brackets));
    CHECK_FALSE(wildcard_match(brackets, letters));
    CHECK_FALSE(wildcard_match("*" + brackets, brackets + "b"));
    CHECK_FALSE(wildcard_match("*" + brackets, letters));

    std::string sets;
    for (int i = 0; i < 1'000; ++i) sets += "*[a-]";
    CHECK(wildcard_match(sets, letters));
    CHECK_FALSE(wildcard_match(sets + "b", letters));
    const std::string wide_set = "*[" + letters + "]b";
    CHECK_FALSE(wildcard_match(wide_set, letters));
}

TEST_CASE("has_wildcard: finds the three characters that begin a wildcard") {
    CHECK(has_wildcard("a*"));
    CHECK(has_wildcard("?"));
    CHECK(has_wildcard("a[b"));
    CHECK_FALSE(has_wildcard("a]b\\c"));
    CHECK_FALSE(has_wildcard(""));
}

namespace {

/// The result of a matcher that gets the pattern one character at a time.
bool matches_in_steps(PrefixMatcher& matcher, std::string_view pattern) {
    for (const char c : pattern)
        if (!matcher.add(c)) return false;
    return matcher.matches();
}

}  // namespace

TEST_CASE("PrefixMatcher: agrees with wildcard_match for any pattern") {
    constexpr std::string_view kPattern = "aab*?[[]]\\-!^c", kText = "aabc[]-\\*!^";
    std::mt19937 random(11);
    const auto text_of = [&](std::string_view letters, unsigned limit) {
        std::string text;
        for (unsigned length = random() % limit; length > 0; --length)
            text += letters[random() % letters.size()];
        return text;
    };
    for (int i = 0; i < 200'000; ++i) {
        // Every tenth text has more positions than bits in a machine word.
        const std::string head = i % 10 == 0 ? std::string(58 + random() % 10, 'a') : "";
        const std::string text = head + text_of(kText, 8);
        const std::string pattern =
            (random() % 2 == 0 ? head : std::string("*")) + text_of(kPattern, 10);
        CAPTURE(pattern);
        CAPTURE(text);
        PrefixMatcher matcher(text);
        REQUIRE(matches_in_steps(matcher, pattern) == wildcard_match(pattern, text));
    }
}

TEST_CASE("PrefixMatcher: returns to a shorter pattern and starts anywhere in the text") {
    const std::string text = "pci:v1d2";
    PrefixMatcher matcher(text);
    matcher.restart(4);
    CHECK(matcher.add('v'));
    matcher.save();
    CHECK(matcher.add('['));
    matcher.save();
    CHECK(matches_in_steps(matcher, "1]d2"));
    matcher.restore();
    CHECK_FALSE(matches_in_steps(matcher, "2]d2"));
    matcher.restore();
    CHECK(matches_in_steps(matcher, "*"));
    CHECK_FALSE(matcher.add('x'));
    matcher.restart(text.size());
    CHECK(matcher.matches());
    CHECK_FALSE(matcher.add('?'));
}
