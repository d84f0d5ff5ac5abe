// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of cli/terminal.hpp: untrusted text made safe for a terminal, and the values of
// --color.
#include "cli/terminal.hpp"

#include <doctest/doctest.h>

#include <string>

using kmodpp::cli::terminal_line;
using kmodpp::cli::terminal_output;
using kmodpp::cli::terminal_text;

TEST_CASE("terminal_text: escapes control characters and leaves other text unchanged") {
    const struct {
        std::string text;
        std::string_view expected;
    } rows[] = {
        {"", ""},
        {"plain ~text\t(c)", "plain ~text\t(c)"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7",
         "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7"},
        {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
        {"a\rb\x08\x07\x7f", "a\\x0db\\x08\\x07\\x7f"},
        {std::string("nul\0", 4), "nul\\x00"},
        // C1 controls, as UTF-8 and as bytes.
        {"\xc2\x9b"
         "31m \x9b"
         "31m",
         "\\xc2\\x9b"
         "31m \\x9b"
         "31m"},
        {"\xc2\xa0", "\xc2\xa0"},
        // Characters that change the direction of writing.
        {"\xe2\x80\xae"
         "abc\xe2\x81\xa6",
         "\\xe2\\x80\\xae"
         "abc\\xe2\\x81\\xa6"},
        {"\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c\xe2\x80\xa8",
         "\\xe2\\x80\\x8e\\xe2\\x80\\x8f\\xd8\\x9c\\xe2\\x80\\xa8"},
        {"\xe2\x80\x99\xe2\x80\xaf\xe2\x80\x8d", "\xe2\x80\x99\xe2\x80\xaf\xe2\x80\x8d"},
        // Invalid UTF-8: Latin-1, overlong, surrogate, too large, truncated.
        {"caf\xe9", "caf\\xe9"},
        {"\xc0\x9b\xc1\xbf", "\\xc0\\x9b\\xc1\\xbf"},
        {"\xe0\x82\x9b", "\\xe0\\x82\\x9b"},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
        {"\xf5\x80\x80\x80", "\\xf5\\x80\\x80\\x80"},
        {"\xe2\x82", "\\xe2\\x82"},
        {"\xf0\x9f\x90", "\\xf0\\x9f\\x90"},
        // No further line looks like a line of the tool.
        {"a\nsigner: me", "a\n\tsigner: me"},
        {"a\n\t\tb\n c\n", "a\n\t\tb\n c\n\t"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.expected);
        CHECK(terminal_text(row.text) == row.expected);
    }
}

TEST_CASE("terminal_line: returns a single line") {
    CHECK(terminal_line("") == "");
    CHECK(terminal_line("caf\xc3\xa9 \\x41") == "caf\xc3\xa9 \\x41");
    CHECK(terminal_line("a\nb\tc\r\n") == "a\\x0ab\\x09c\\x0d\\x0a");
    CHECK(terminal_line("\x1b[2J\xe9\xc2\x85") == "\\x1b[2J\\xe9\\xc2\\x85");
}

TEST_CASE(
    "terminal_output: keeps record separators and escapes other control characters") {
    CHECK(terminal_output("a\nb\tc\n") == "a\nb\tc\n");
    CHECK(terminal_output(std::string("a\0b", 3)) == "a\\x00b");
    CHECK(terminal_output("\xc2\x9b"
                          "1m\r\x1b[0m \xe2\x80\xae") ==
          "\\xc2\\x9b"
          "1m\\x0d\\x1b[0m \\xe2\\x80\\xae");
    CHECK(terminal_output("caf\xc3\xa9") == "caf\xc3\xa9");
}

TEST_CASE("read_colour_use: accepts the three words") {
    using kmodpp::cli::ColourUse;
    using kmodpp::cli::read_colour_use;
    CHECK(read_colour_use("auto") == ColourUse::automatic);
    CHECK(read_colour_use("always") == ColourUse::always);
    CHECK(read_colour_use("never") == ColourUse::never);
    for (const char* const word : {"", "a", "Auto", "yes", "always "})
        CHECK_FALSE(read_colour_use(word).has_value());
}

TEST_CASE("is_in_colour: the option takes precedence over the terminal") {
    using kmodpp::cli::ColourUse;
    using kmodpp::cli::is_in_colour;
    CHECK(is_in_colour(ColourUse::always, -1));
    CHECK_FALSE(is_in_colour(ColourUse::never, -1));
    CHECK_FALSE(is_in_colour(ColourUse::automatic, -1));
}

TEST_CASE("terminal_text: no control byte is passed on") {
    for (int first = 0; first < 256; ++first)
        for (int second = 0; second < 256; ++second) {
            const std::string text = {static_cast<char>(first),
                                      static_cast<char>(second)};
            for (const char c : terminal_text(text)) {
                const auto byte = static_cast<unsigned char>(c);
                CHECK((byte >= 0x20 || c == '\n' || c == '\t'));
                CHECK(byte != 0x7f);
            }
        }
}
