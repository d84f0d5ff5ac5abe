// SPDX-License-Identifier: LGPL-2.1-or-later
// Words of an environment variable: split and joined.
#include "cli/words.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace kmodpp::cli;

using Words = std::vector<std::string>;

TEST_CASE("split_shell_words: groups as a shell does") {
    const struct {
        std::string_view text;
        Words expected;
    } rows[] = {
        {"", {}},
        {" \t\n ", {}},
        {"-C /a -q", {"-C", "/a", "-q"}},
        {"  a\tb\nc ", {"a", "b", "c"}},
        {"'a b' \"c d\"", {"a b", "c d"}},
        {"a'b c'd\"e f\"", {"ab cde f"}},
        {"'' \"\" x", {"", "", "x"}},
        {"a\\ b c\\'", {"a b", "c'"}},
        {R"("a\"b" 'a\b')", {"a\"b", "a\\b"}},
        {"'a\"b' \"a'b\"", {"a\"b", "a'b"}},
        {"'open a", {"open a"}},
        {"\"open ", {"open "}},
        {"a\\", {"a\\"}},
        {"'", {""}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(split_shell_words(row.text) == row.expected);
    }
}

TEST_CASE("quote_shell_word: leaves plain words unchanged") {
    CHECK(quote_shell_word("--config=/etc/a_b.d,x:1") == "--config=/etc/a_b.d,x:1");
    CHECK(quote_shell_word("") == "''");
    CHECK(quote_shell_word("a b") == "'a b'");
    CHECK(quote_shell_word("it's") == "'it'\\''s'");
    CHECK(quote_shell_word("$HOME") == "'$HOME'");
}

TEST_CASE("quote_shell_word: splitting the result returns the same words") {
    std::mt19937 random(11);
    for (int round = 0; round < 500; ++round) {
        Words words;
        std::string text;
        for (unsigned count = random() % 5; count > 0; --count) {
            std::string word;
            for (unsigned length = random() % 8; length > 0; --length)
                word += "ab '\"\\\n\t$*\xc3"[random() % 11];
            text += " " + quote_shell_word(word);
            words.push_back(word);
        }
        CAPTURE(text);
        CHECK(split_shell_words(text) == words);
    }
}

TEST_CASE("join_parameters: quotes values with blanks") {
    const struct {
        Words words;
        std::string_view expected;
    } rows[] = {
        {{}, ""},
        {{"a=1", "b"}, "a=1 b"},
        {{"a=x y"}, "a=\"x y\""},
        {{"a=\"x y\"", "b='x y'"}, "a=\"x y\" b='x y'"},
        {{"x y"}, "x y"},
        {{"a=b=c d"}, "a=\"b=c d\""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.expected);
        CHECK(join_parameters(row.words) == row.expected);
    }
}

TEST_CASE("join_parameters: a word holds several parameters if the module has them") {
    const auto is_parameter = [](std::string_view name) {
        return name == "path" || name == "format" || name == "dio";
    };
    const struct {
        Words words;
        std::string_view expected;
    } rows[] = {
        {{"path=x format=raw"}, "path=x format=raw"},
        {{"path=x y format=raw"}, "path=\"x y\" format=raw"},
        {{"path=x  format=raw dio=0", "b"}, "path=\"x \" format=raw dio=0 b"},
        {{"path=x other=raw"}, "path=\"x other=raw\""},
        {{"path=x format"}, "path=\"x format\""},
        {{"path=\"x format=raw\""}, "path=\"x format=raw\""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.expected);
        CHECK(join_parameters(row.words, is_parameter) == row.expected);
    }
}
