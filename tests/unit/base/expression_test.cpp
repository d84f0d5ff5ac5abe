// SPDX-License-Identifier: LGPL-2.1-or-later
// Expressions: what they mean, with regcomp(3) as the oracle, and what they may cost.
#include "base/expression.hpp"

#include <doctest/doctest.h>
#include <regex.h>

#include <random>
#include <string>

#include "base/text.hpp"

using namespace kmodpp;

namespace {

constexpr std::string_view kRelease = "6.1.0-56-amd64";

/// "matches", "differs", or why it is no expression.
std::string verdict(std::string_view pattern, std::string_view text) {
    const auto expression = Expression::compile(pattern);
    if (!expression) return expression.error().message;
    return expression->matches_in(text) ? "matches" : "differs";
}

std::string oracle(const std::string& pattern, const std::string& text) {
    regex_t expression;
    if (regcomp(&expression, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0)
        return "refused";
    const int result = regexec(&expression, text.c_str(), 0, nullptr, 0);
    regfree(&expression);
    return result == 0 ? "matches" : "differs";
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    while (times-- > 0) all += text;
    return all;
}

}  // namespace

TEST_CASE("Expression: matches anywhere in a text") {
    const struct {
        std::string_view pattern;
        std::string_view expected;
    } rows[] = {
        {"", "matches"},
        {"6.1", "matches"},
        {"^1", "differs"},
        {"^6\\.1\\.0-", "matches"},
        {"amd64$", "matches"},
        {"amd6$", "differs"},
        {"^6.*64$", "matches"},
        {"5|6", "matches"},
        {"^(5|7)", "differs"},
        {"-[0-9]+-", "matches"},
        {"-[0-9]{2}-", "matches"},
        {"-[0-9]{3,}-", "differs"},
        {"[[:alpha:]]{3}[[:digit:]]", "matches"},
        {"[^[:alnum:].-]", "differs"},
        {"\\w\\W\\w", "matches"},
        {"\\s", "differs"},
        {"()*x?", "matches"},
        {"a)", "differs"},
        {"^(6(.1(.0)?)?)?-", "matches"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.pattern);
        CHECK(verdict(row.pattern, kRelease) == row.expected);
        CHECK(oracle(std::string(row.pattern), std::string(kRelease)) == row.expected);
    }
}

TEST_CASE("Expression: says why it is none") {
    const struct {
        std::string pattern;
        std::string_view expected;
    } rows[] = {
        {"*a", "nothing stands before a repetition"},
        {"a|*", "nothing stands before a repetition"},
        {"(a", "a group is not closed"},
        {"[a", "a set is not closed"},
        {"[z-a]", "a range is upside down"},
        {"[[:nope:]]", "a class is unknown"},
        {"[[:alpha", "a class is not closed"},
        {"a{", "a '{' is not closed"},
        {"a{x}", "no numbers between '{' and '}'"},
        {"a{3,2}", "repetitions upside down"},
        {"a{256}", "too many repetitions"},
        {"a\\", "it ends in a backslash"},
        {"(a)\\1", "\\1 is not supported"},
        {"\\bx", "\\b is not supported"},
        {"[[.a.]]", "collating elements are not supported"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.pattern);
        CHECK(verdict(row.pattern, "a") == row.expected);
    }
}

TEST_CASE("Expression: what the C library dies of is refused, or takes no time") {
    CHECK(verdict(repeated("(", 60000), "a") == "its groups are nested too deep");
    CHECK(verdict(repeated("(", 60000) + repeated(")", 60000), "a") ==
          "its groups are nested too deep");
    CHECK(verdict("(.{1,255}){1,255}{1,255}", "a") == "it repeats too much");
    CHECK(verdict("((((a{1,255}){1,255}){1,255}){1,255}", "a") == "it repeats too much");
    CHECK(verdict(repeated("a", 5000), "a") == "it is too long");
    CHECK(verdict(repeated("a|", 5000), "a") == "it is too long");
    CHECK(verdict("a" + repeated("*", 5000), "a") == "it is too long");
    CHECK(verdict("(.*?+){1,255}x", repeated("a", 1000)) == "differs");
    CHECK(verdict("((((((((a*)*)*)*)*)*)*)*)*x", repeated("a", 1000)) == "differs");
    CHECK(verdict("(a|aa)*(a|aa)*(a|aa)*x", repeated("a", 1000)) == "differs");
}

TEST_CASE("Expression: agrees with the C library on random patterns") {
    constexpr std::string_view kPieces[] = {
        "a", "b",   ".", "[ab]", "[^a]", "(",    ")",     "|",  "*",    "+",
        "?", "{2}", "^", "$",    "\\.",  "{1,}", "{0,2}", "ab", "[a-c", "]"};
    std::mt19937 random(7);
    std::size_t compared = 0, matched = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string pattern, text;
        for (auto n = 1 + random() % 6; n > 0; --n)
            pattern += kPieces[random() % std::size(kPieces)];
        for (auto n = random() % 7; n > 0; --n) text += "ab.c"[random() % 4];
        const std::string expected = oracle(pattern, text);
        CAPTURE(pattern);
        CAPTURE(text);
        const std::string found = verdict(pattern, text);
        CHECK((found == "matches" || found == "differs") == (expected != "refused"));
        if (expected == "refused") continue;
        CHECK(found == expected);
        ++compared;
        matched += expected == "matches";
    }
    CHECK(compared > 5000);
    CHECK(matched > 1000);
}
