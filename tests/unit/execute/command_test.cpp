// SPDX-License-Identifier: LGPL-2.1-or-later
// What a shell does with a command and the parameters of its module.
#include "execute/command.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/text.hpp"
#include "io/process.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;

namespace {

/// What the command writes to $OUT.
std::string output(std::string_view command, std::string_view options, bool as_text) {
    const test::TemporaryDirectory files;
    ShellCommand shell = command_with_options(command, options);
    if (as_text) shell = {command_text_with_options(command, options), {}};
    shell.variables.emplace_back("OUT", files.string() + "/out");
    files.write("out", "");
    REQUIRE(io::run_shell(shell.text, shell.variables).has_value());
    return files.read("out");
}

}  // namespace

TEST_CASE("command_with_options: passes each parameter as one word that is never code") {
    constexpr std::string_view kShow =
        "for w in $CMDLINE_OPTS; do echo \"[$w]\"; done > $OUT";
    constexpr std::string_view kNested =
        "sh -c 'for w in $CMDLINE_OPTS; do echo \"[$w]\"; done' > $OUT";
    const struct {
        std::string_view options, expected;
    } rows[] = {
        {"", ""},
        {"a=1 b=2", "[a=1]\n[b=2]\n"},
        {"x=\"two words\"", "[x=two words]\n"},
        {"\"x=two words\" y=3", "[x=two words]\n[y=3]\n"},
        {"x=$(exit) y=`exit` z=$HOME", "[x=$(exit)]\n[y=`exit`]\n[z=$HOME]\n"},
        {"x='a;b' y=\"c && touch /d\"", "[x='a;b']\n[y=c && touch /d]\n"},
        {"x=/* y=?", "[x=/*]\n[y=?]\n"},
        {"x=\\ y=a\\", "[x=\\]\n[y=a\\]\n"},
        {"x=\"a  b\" -- \"c d\"", "[x=a  b]\n[--]\n[c d]\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.options);
        for (const bool as_text : {false, true}) {
            CAPTURE(as_text);
            CHECK(output(kShow, row.options, as_text) == row.expected);
            CHECK(output(kNested, row.options, as_text) == row.expected);
        }
    }
}

TEST_CASE("command_with_options: within quotes, the variable has all parameters") {
    constexpr std::string_view kOptions = "x=\"two words\" y=$(exit)";
    for (const std::string_view command :
         {"echo \"$CMDLINE_OPTS\" > $OUT", "o=$CMDLINE_OPTS; echo \"$o\" > $OUT",
          "echo \"${CMDLINE_OPTS}\" > $OUT", "echo ''$CMDLINE_OPTS'' > $OUT",
          "echo \"a '$CMDLINE_OPTS\" | cut -c 4- > $OUT"}) {
        CAPTURE(command);
        CHECK(output(command, kOptions, false) == cat(kOptions, "\n"));
        CHECK(output(command, kOptions, true) == cat(kOptions, "\n"));
    }
}

TEST_CASE("command_text_with_options: inserts harmless parameters into the text") {
    CHECK(command_text_with_options("run $CMDLINE_OPTS; $CMDLINE_OPTS", "a=1 b=2") ==
          "run a=1 b=2; a=1 b=2");
    CHECK(command_text_with_options("run", "a=$(x)") == "run");
    CHECK(command_text_with_options("run $CMDLINE_OPTS", "a=\"1 2\"") ==
          "export CMDLINE_OPTS='a=\"1 2\"' CMDLINE_OPT1='a=1 2'; run \"$CMDLINE_OPT1\"");
}
