// SPDX-License-Identifier: LGPL-2.1-or-later
// Command lines as the tools parse them, and their help.
#include "cli/options.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

using namespace kmodpp;
using cli::Arguments;
using cli::Option;

namespace {

constexpr std::array<Option, 10> kOptions = {{
    {'a', "all", nullptr, "all of them", nullptr},
    {'C', "config", "PATH", "read PATH", nullptr},
    {'n', "dry-run", nullptr, "do nothing", nullptr},
    {0, "show", nullptr, nullptr, "dry-run"},
    {0, "remove-holders", nullptr, "holders too", nullptr},
    {'r', "remove", nullptr, "remove", nullptr},
    {'q', nullptr, nullptr, nullptr, nullptr},
    {'S', nullptr, "VERSION", "for VERSION", nullptr},
    {'h', "help", nullptr, "show this help", nullptr},
    {'V', "version", nullptr, "show version", nullptr},
}};

using Words = std::vector<std::string>;

/// The output to stderr while the function runs.
template <class Function>
std::string stderr_of(Function function) {
    std::fflush(stderr);
    std::FILE* const file = std::tmpfile();
    REQUIRE(file != nullptr);
    const int saved = ::dup(STDERR_FILENO);
    ::dup2(::fileno(file), STDERR_FILENO);
    function();
    std::fflush(stderr);
    ::dup2(saved, STDERR_FILENO);
    ::close(saved);
    std::rewind(file);
    std::string text;
    for (int c; (c = std::fgetc(file)) != EOF;) text += static_cast<char>(c);
    std::fclose(file);
    return text;
}

/// "OPTION=VALUE…|OPERAND…" of all options that were given, or the error message.
std::string read(const Words& words) {
    std::optional<Arguments> arguments;
    const std::string message =
        stderr_of([&] { arguments = cli::parse(kOptions, "tool", words); });
    if (!arguments) return message;
    CHECK(message == "");
    std::string text;
    for (const char* name : {"all", "config", "dry-run", "remove-holders", "remove", "q",
                             "S", "help", "version"})
        for (const std::string& value : arguments->values(name))
            text += std::string(name) + (value.empty() ? "" : "=" + value) + " ";
    text += "|";
    for (const std::string& operand : arguments->operands()) text += " " + operand;
    return text;
}

}  // namespace

TEST_CASE("Arguments: with() adds an option and changes nothing else") {
    const auto given = cli::parse(kOptions, "tool", {"-C", "x", "y"});
    REQUIRE(given.has_value());
    const Arguments more = given->with("all");
    CHECK(more.has("all"));
    CHECK(more.values("config") == Words{"x"});
    CHECK(more.operands() == Words{"y"});
    CHECK_FALSE(given->has("all"));
}

TEST_CASE("parse: takes an optional argument only after '='") {
    constexpr Option kOptional[] = {{0, "statistics", "[=FORMAT]", "print", nullptr}};
    const struct {
        Words words;
        std::string value;
        Words operands;
    } rows[] = {
        {{"--statistics"}, "", {}},
        {{"--statistics=json"}, "json", {}},
        {{"--stat=json", "x"}, "json", {"x"}},
        {{"--statistics", "json"}, "", {"json"}},
    };
    for (const auto& row : rows) {
        const auto arguments = cli::parse(kOptional, "tool", row.words);
        REQUIRE(arguments.has_value());
        CHECK(arguments->value("statistics") == row.value);
        CHECK(arguments->operands() == row.operands);
    }
    CHECK(cli::describe(kOptional).find("--statistics[=FORMAT] ") != std::string::npos);
}

TEST_CASE("parse: an exact option is not abbreviated, and leaves older abbreviations") {
    constexpr std::array<Option, 2> kTwo = {{
        {'C', "config", "PATH", "read PATH", nullptr},
        {0, "color", "WHEN", "use colours", nullptr, true},
    }};
    const struct {
        Words words;
        std::string_view option, value;
    } rows[] = {
        {{"--co", "x"}, "config", "x"},
        {{"--co=x"}, "config", "x"},
        {{"--color", "x"}, "color", "x"},
        {{"--color=x"}, "color", "x"},
        {{"--config=y", "--color=x"}, "color", "x"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.words.front());
        const auto arguments = cli::parse(kTwo, "tool", row.words);
        REQUIRE(arguments.has_value());
        CHECK(arguments->value(row.option) == row.value);
    }
}

TEST_CASE("parse: reads options and operands in any order") {
    const struct {
        Words words;
        std::string_view expected;
    } rows[] = {
        {{}, "|"},
        {{"-a"}, "all |"},
        {{"--all"}, "all |"},
        {{"-an"}, "all dry-run |"},
        {{"-anCx"}, "all config=x dry-run |"},
        {{"-C", "x", "--config=y", "--config", "z"}, "config=x config=y config=z |"},
        {{"--conf", "x"}, "config=x |"},
        {{"--show"}, "dry-run |"},
        {{"--dry"}, "dry-run |"},
        {{"--remove"}, "remove |"},
        {{"--remove-h"}, "remove-holders |"},
        {{"m", "-a", "p=1", "-n"}, "all dry-run | m p=1"},
        {{"-a", "--", "-n", "--bad"}, "all | -n --bad"},
        {{"m", "--", "--"}, "| m --"},
        {{"-", "-q"}, "q | -"},
        {{"-S6.1", ""}, "S=6.1 | "},
        {{"-C", "-a"}, "config=-a |"},
        {{"-C", "--", "-a"}, "all config=-- |"},
        {{"-aa"}, "all all |"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.expected);
        CHECK(read(row.words) == row.expected);
    }
}

TEST_CASE("parse: reports whether a -- ended the options") {
    const struct {
        Words words;
        bool expected;
    } rows[] = {
        {{}, false},
        {{"m"}, false},
        {{"--"}, true},
        {{"-q", "--"}, true},
        {{"-q", "--", "m"}, true},
        {{"m", "--", "-q"}, true},
        {{"-C", "--"}, false},
        {{"-C", "--", "m"}, false},
        {{"-C", "--", "--"}, true},
        {{"-", "-q"}, false},
    };
    for (const auto& row : rows) {
        const auto arguments = cli::parse(kOptions, "tool", row.words);
        REQUIRE(arguments.has_value());
        CAPTURE(row.words.size());
        CHECK(arguments->has_end_mark() == row.expected);
    }
}

TEST_CASE("parse: reports errors with the messages of getopt_long") {
    const struct {
        Words words;
        std::string_view expected;
    } rows[] = {
        {{"-x"}, "tool: invalid option -- 'x'\n"},
        {{"-ax"}, "tool: invalid option -- 'x'\n"},
        {{"--bad"}, "tool: unrecognized option '--bad'\n"},
        {{"-C"}, "tool: option requires an argument -- 'C'\n"},
        {{"--config"}, "tool: option '--config' requires an argument\n"},
        {{"-C", ""}, "tool: option '--config' requires a non-empty argument\n"},
        {{"--config="}, "tool: option '--config' requires a non-empty argument\n"},
        {{"--all=x"}, "tool: option '--all' doesn't allow an argument\n"},
        {{"m", "-x", "-h"}, "tool: invalid option -- 'x'\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.expected);
        CHECK(read(row.words) == row.expected);
    }
    CHECK(read({"--rem"}).find("option '--rem' is ambiguous") != std::string::npos);
}

TEST_CASE(
    "parse: an option that may not be abbreviated makes no abbreviation ambiguous") {
    constexpr Option kExact[] = {{'C', "config", "PATH", "use PATH", nullptr},
                                 {0, "confined", nullptr, "stay", nullptr, true}};
    CHECK(cli::parse(kExact, "tool", {"--conf", "x"})->value("config") == "x");
    CHECK(cli::parse(kExact, "tool", {"--confined", "-C", "x"})->has("confined"));
}

TEST_CASE("parse: --help and --version take effect before any later argument") {
    CHECK(read({"-h", "-x", "--bad"}) == "help |");
    CHECK(read({"-aV", "-C"}) == "all version |");
    CHECK(read({"--help", "-V"}) == "help |");
    CHECK(read({"m", "-h"}) == "help |");
}

TEST_CASE("parse: has no state from an earlier call") {
    CHECK(read({"-an", "x"}) == "all dry-run | x");
    CHECK(read({"-x"}) != "");
    CHECK(read({"-h", "-n"}) == "help |");
    CHECK(read({"-an", "x"}) == "all dry-run | x");
}

TEST_CASE("Arguments: value() returns the last of several values") {
    const auto arguments = cli::parse(kOptions, "tool", {"-C", "a", "-C", "b"});
    REQUIRE(arguments.has_value());
    CHECK(arguments->value("config") == "b");
    CHECK(arguments->values("config") == Words{"a", "b"});
    CHECK(arguments->value("S") == std::nullopt);
    CHECK_FALSE(arguments->has("all"));
}

TEST_CASE("Arguments: last_of() returns the last of several options") {
    constexpr std::array<std::string_view, 3> kSome = {"config", "all", "q"};
    const auto last = [&](const Words& words) {
        return std::string(cli::parse(kOptions, "tool", words)->last_of(kSome));
    };
    CHECK(last({"-a", "-C", "x"}) == "config");
    CHECK(last({"-C", "x", "-aqn"}) == "q");
    CHECK(last({"--all", "-q", "--all"}) == "all");
    CHECK(last({"-n", "all"}) == "");
}

TEST_CASE("describe: prints one line for each option that has a help text") {
    CHECK(cli::describe(kOptions) ==
          "  -a, --all                         all of them\n"
          "  -C, --config=PATH                 read PATH\n"
          "  -n, --dry-run                     do nothing\n"
          "      --remove-holders              holders too\n"
          "  -r, --remove                      remove\n"
          "  -S VERSION                        for VERSION\n"
          "  -h, --help                        show this help\n"
          "  -V, --version                     show version\n");
    constexpr std::array<Option, 1> kLong = {
        {{0, "a-name-that-is-longer-than-its-column", nullptr, "help", nullptr}}};
    CHECK(cli::describe(kLong) == "      --a-name-that-is-longer-than-its-column help\n");
}
