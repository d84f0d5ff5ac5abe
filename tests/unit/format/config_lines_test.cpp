// SPDX-License-Identifier: LGPL-2.1-or-later
// Logical lines of configuration files: continuation, escapes, comments, line numbers.
#include "format/config_lines.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace kmodpp;
using namespace std::string_literals;

namespace {

/// "NUMBER:TEXT" of each line.
std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    ConfigLines reader(text);
    while (const auto line = reader.next())
        lines.push_back(cat(line->number, ":", line->text));
    return lines;
}

}  // namespace

TEST_CASE("ConfigLines: joins continued lines and drops comments and backslashes") {
    const struct {
        std::string_view name;
        std::string text;
        std::vector<std::string> expected;
    } rows[] = {
        {"nothing", "", {}},
        {"only newlines", "\n\n\n", {}},
        {"one line", "alias a b\n", {"1:alias a b"}},
        {"no last newline", "a\nb", {"1:a", "2:b"}},
        {"comments and blanks", "# c\n  \t\n \t# c\n#\nx # y\n", {"5:x # y"}},
        {"number of a continued line", "a \\\nb\\\nc\nd\n", {"3:a bc", "4:d"}},
        {"continued comment", "# a\\\nb\nc\n", {"3:c"}},
        {"continued at the end of the file", "a\\\n", {"2:a"}},
        {"continued with an empty line", "a\\\n\nb", {"2:a", "3:b"}},
        {"a backslash before another character is dropped",
         R"(a\b\\c\"d)",
         {R"(1:ab\c"d)"}},
        {"a backslash at the end is dropped", "a\\", {"1:a"}},
        {"a backslash and CR at the end are dropped", "a\\\r", {"1:a"}},
        {"CR at the end is dropped", "a\nb\r", {"1:a", "2:b"}},
        {"escaped hash", "\\#a", {}},
        {"CR LF", "a\r\n\r\nb\\\r\nc\r\n", {"1:a", "4:bc"}},
        {"CR within a line is an ordinary character", "a\rb\n", {"1:a\rb"}},
        {"NUL is an ordinary character", "a\0b\nc"s, {"1:a\0b"s, "2:c"}},
        {"bytes beyond ASCII", "\xc3\xa9\xff\n", {"1:\xc3\xa9\xff"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK(lines_of(row.text) == row.expected);
    }
}

TEST_CASE("ConfigLines: accepts a line as long as its file") {
    const std::string line(1 << 20, 'x');
    CHECK(lines_of(line + "\n" + line) == std::vector{"1:" + line, "2:" + line});
    std::string continued;
    for (int i = 0; i < 50000; ++i) continued += "x\\\n";
    CHECK(lines_of(continued) == std::vector{"50001:" + std::string(50000, 'x')});
}

TEST_CASE("take_word: cuts off one word and the blank after it") {
    std::string_view rest = " \talias  a\tb c ";
    CHECK(take_word(rest) == "alias");
    CHECK(rest == " a\tb c ");
    CHECK(take_word(rest) == "a");
    CHECK(rest == "b c ");
    CHECK(take_word(rest) == "b");
    CHECK(take_word(rest) == "c");
    CHECK(rest == "");
    CHECK(take_word(rest) == "");
    rest = "   ";
    CHECK(take_word(rest) == "");
    CHECK(rest == "");
}

TEST_CASE("Origin: describes a file with its line number, or the source alone") {
    CHECK(Origin{"/etc/modprobe.d/a.conf", 12}.describe() ==
          "/etc/modprobe.d/a.conf line 12");
    CHECK(Origin{"kernel command line", 0}.describe() == "kernel command line");
}
