// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of base/text.hpp.
#include "base/text.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

using namespace kmodpp;

TEST_CASE("cat: joins texts, characters and integers of every width") {
    CHECK(cat() == "");
    CHECK(cat("a", std::string("b"), std::string_view("c"), 'd') == "abcd");
    CHECK(cat(std::uint8_t{65}, ' ', std::int8_t{-1}) == "65 -1");
    CHECK(cat(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(cat(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
}

TEST_CASE("hex: writes 0x and lower-case digits, hex32 always eight digits") {
    CHECK(hex(0) == "0x0");
    CHECK(hex(0x1f4) == "0x1f4");
    CHECK(hex(~std::uint64_t{0}) == "0xffffffffffffffff");
    CHECK(hex32(0) == "0x00000000");
    CHECK(hex32(0x1f4) == "0x000001f4");
    CHECK(hex32(0xdeadbeef) == "0xdeadbeef");
}

TEST_CASE("parse_unsigned: accepts only a whole number that fits") {
    const struct {
        std::string_view text;
        int base;
        std::optional<std::uint8_t> expected;
    } cases[] = {
        {"0", 10, 0},     {"255", 10, 255},        {"256", 10, std::nullopt},
        {"007", 10, 7},   {"ff", 16, 255},         {"FF", 16, 255},
        {"0xff", 16, {}}, {"", 10, std::nullopt},  {"-1", 10, std::nullopt},
        {"+1", 10, {}},   {" 1", 10, {}},          {"1 ", 10, std::nullopt},
        {"1x", 10, {}},   {"x", 10, std::nullopt}, {"100000000000000000000", 10, {}},
    };
    for (const auto& c : cases) {
        CAPTURE(c.text);
        CHECK(parse_unsigned<std::uint8_t>(c.text, c.base) == c.expected);
    }
}

TEST_CASE("split_words: splits at runs of separators without empty words") {
    using Words = std::vector<std::string_view>;
    CHECK(split_words("") == Words{});
    CHECK(split_words(" \t\n") == Words{});
    CHECK(split_words("one") == Words{"one"});
    CHECK(split_words("  one\ttwo \n three ") == Words{"one", "two", "three"});
    CHECK(split_words("a,,b c,", CharSet(",")) == Words{"a", "b c"});
}

TEST_CASE("CharSet: finds characters in the set and others") {
    constexpr CharSet kSet("a\x7f\n");
    for (int c = 0; c < 256; ++c) {
        CAPTURE(c);
        CHECK(kSet.contains(static_cast<char>(c)) ==
              (c == 'a' || c == 0x7f || c == '\n'));
    }
    CHECK(kSet.find("xyza") == 3);
    CHECK(kSet.find("axa", 1) == 2);
    CHECK(kSet.find("xyz") == 3);
    CHECK(kSet.find("") == 0);
    CHECK(kSet.find_other("aa\nx") == 3);
    CHECK(kSet.find_other("aaa") == 3);
}

TEST_CASE("trim: removes white space at both ends only") {
    CHECK(trim("") == "");
    CHECK(trim(" \r\n\t\v\f") == "");
    CHECK(trim("a") == "a");
    CHECK(trim("\t a b \n") == "a b");
}

TEST_CASE("take_until: splits at the separator, or takes everything without one") {
    std::string_view rest = "a=b=c";
    CHECK(take_until(rest, '=') == "a");
    CHECK(rest == "b=c");
    CHECK(take_until(rest, '=') == "b");
    CHECK(take_until(rest, '=') == "c");
    CHECK(rest.empty());
    CHECK(take_until(rest, '=') == "");
    rest = "=";
    CHECK(take_until(rest, '=') == "");
    CHECK(rest.empty());
}

TEST_CASE("printable: escapes control and non-ASCII bytes and truncates long texts") {
    CHECK(printable("plain text") == "plain text");
    CHECK(printable("\x1b[31m\n") == "\\x1b[31m\\x0a");
    CHECK(printable("\x7f\x80\xff") == "\\x7f\\x80\\xff");
    CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00b");
    CHECK(printable("abcdef", 3) == "abc...");
    CHECK(printable("abc", 3) == "abc");
}

TEST_CASE("hex_bytes: writes pairs of digits, optionally in lines") {
    CHECK(hex_bytes("") == "");
    CHECK(hex_bytes("\x0a") == "0A");
    CHECK(hex_bytes("\x0a\xff\x01") == "0A:FF:01");
    CHECK(hex_bytes("abcde", 2) == "61:62:\n\t\t63:64:\n\t\t65");
    CHECK(hex_bytes("ab", 2) == "61:62");
}
