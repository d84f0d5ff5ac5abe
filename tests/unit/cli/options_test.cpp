// SPDX-License-Identifier: LGPL-2.1-or-later
// Command lines as the tools parse them, and their help.
#include "cli/options.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <concepts>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace kmodpp;
using cli::NoEffect;
using cli::SameAs;
using cli::sets;

namespace {

struct Given : cli::CommonOptions {
    bool all = false;
    std::vector<std::string> config;
    bool dry_run = false;
    bool remove_holders = false;
    bool remove = false;
    bool quiet = false;
    std::optional<std::string> release;
};

constexpr auto kTable = cli::table_of<Given>({
    {'a', "all", nullptr, "all of them", sets<&Given::all>},
    {'C', "config", "PATH", "read PATH", sets<&Given::config>},
    {'n', "dry-run", nullptr, "do nothing", sets<&Given::dry_run>},
    {0, "show", nullptr, nullptr, SameAs{"dry-run"}},
    {0, "remove-holders", nullptr, "holders too", sets<&Given::remove_holders>},
    {'r', "remove", nullptr, "remove", sets<&Given::remove>},
    {'q', nullptr, nullptr, nullptr, sets<&Given::quiet>},
    {'S', nullptr, "VERSION", "for VERSION", sets<&Given::release>},
    {'o', nullptr, "WORD", nullptr, NoEffect{}},
    {'h', "help", nullptr, "show this help", sets<&Given::help>},
    {'V', "version", nullptr, "show version", sets<&Given::version>},
});

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

/// The options that a command line without errors sets.
template <class Options, std::size_t kSize>
Options parsed(const cli::OptionTable<Options, kSize>& table, const Words& words) {
    Options options;
    REQUIRE(cli::parse(table.rows, "tool", words, options));
    return options;
}

/// "OPTION=VALUE…|OPERAND…" of all options that were given, or the error message.
std::string read(const Words& words) {
    Given given;
    bool valid = false;
    const std::string message =
        stderr_of([&] { valid = cli::parse(kTable.rows, "tool", words, given); });
    if (!valid) return message;
    CHECK(message == "");
    std::string text;
    if (given.all) text += "all ";
    for (const std::string& path : given.config) text += "config=" + path + " ";
    if (given.dry_run) text += "dry-run ";
    if (given.remove_holders) text += "remove-holders ";
    if (given.remove) text += "remove ";
    if (given.quiet) text += "q ";
    if (given.release) text += "S=" + *given.release + " ";
    if (given.help) text += "help ";
    if (given.version) text += "version ";
    text += "|";
    for (const std::string& operand : given.operands) text += " " + operand;
    return text;
}

struct Other : cli::CommonOptions {
    bool other = false;
    std::optional<std::string> text;
};

}  // namespace

// A row is only accepted in the table of a tool that has its member.
static_assert(std::constructible_from<cli::Row<Other>, cli::Row<cli::CommonOptions>>);
static_assert(!std::constructible_from<cli::Row<Other>, cli::Row<Given>>);
static_assert(!std::constructible_from<cli::Row<cli::CommonOptions>, cli::Row<Other>>);

TEST_CASE("parse: takes an optional argument only after '='") {
    constexpr auto kOptional = cli::table_of<Other>(
        {{0, "statistics", "[=FORMAT]", "print", sets<&Other::text>}});
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
        const auto given = parsed(kOptional, row.words);
        CHECK(given.text == row.value);
        CHECK(given.operands == row.operands);
    }
    CHECK(parsed(kOptional, {"x"}).text == std::nullopt);
    CHECK(cli::describe(kOptional.rows).find("--statistics[=FORMAT] ") !=
          std::string::npos);
}

TEST_CASE("parse: an exact option is not abbreviated, and leaves older abbreviations") {
    constexpr auto kTwo = cli::table_of<Given>({
        {'C', "config", "PATH", "read PATH", sets<&Given::config>},
        {0, "color", "WHEN", "use colours", sets<&Given::color>, true},
    });
    const struct {
        Words words;
        Words config;
        std::optional<std::string> color;
    } rows[] = {
        {{"--co", "x"}, {"x"}, {}},
        {{"--co=x"}, {"x"}, {}},
        {{"--color", "x"}, {}, "x"},
        {{"--color=x"}, {}, "x"},
        {{"--config=y", "--color=x"}, {"y"}, "x"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.words.front());
        const auto given = parsed(kTwo, row.words);
        CHECK(given.config == row.config);
        CHECK(given.color == row.color);
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
        {{"-aa"}, "all |"},
        {{"-S", "6.1", "-S6.2"}, "S=6.2 |"},
        {{"-ox", "-o", "y", "z"}, "| z"},
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
        CAPTURE(row.words.size());
        CHECK(parsed(kTable, row.words).has_end_mark == row.expected);
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
    constexpr auto kExact =
        cli::table_of<Given>({{'C', "config", "PATH", "use PATH", sets<&Given::config>},
                              {0, "confined", nullptr, "stay", sets<&Given::all>, true}});
    CHECK(parsed(kExact, {"--conf", "x"}).config == Words{"x"});
    CHECK(parsed(kExact, {"--confined", "-C", "x"}).all);
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

TEST_CASE("parse: of the options that set one member, the last one wins") {
    constexpr auto kFields = cli::table_of<Other>({
        {'a', "author", nullptr, "the author", cli::sets_to<&Other::text, "author">},
        {'p', "parameters", nullptr, "parameters", cli::sets_to<&Other::text, "parm">},
        {'F', "field", "FIELD", "a field", sets<&Other::text>},
    });
    const struct {
        Words words;
        std::optional<std::string> expected;
    } rows[] = {
        {{}, {}},
        {{"-a"}, "author"},
        {{"-ap"}, "parm"},
        {{"-pa"}, "author"},
        {{"-a", "-F", "x"}, "x"},
        {{"-F", "x", "--param"}, "parm"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.words.size());
        CHECK(parsed(kFields, row.words).text == row.expected);
    }
}

TEST_CASE("table_of: an alias sets the member of its option") {
    const auto& rows = kTable.rows;
    CHECK(std::string_view(rows[3].name) == "show");
    CHECK((rows[3].set == rows[2].set));
    CHECK((rows[3].set != rows[4].set));
}

TEST_CASE("first_given: returns the first of the list") {
    CHECK(cli::first_given({{"a", false}, {"b", true}, {"c", true}}) ==
          std::string_view("b"));
    CHECK(cli::first_given({{"a", false}}) == nullptr);
}

TEST_CASE("describe: prints one line for each option that has a help text") {
    CHECK(cli::describe(kTable.rows) ==
          "  -a, --all                         all of them\n"
          "  -C, --config=PATH                 read PATH\n"
          "  -n, --dry-run                     do nothing\n"
          "      --remove-holders              holders too\n"
          "  -r, --remove                      remove\n"
          "  -S VERSION                        for VERSION\n"
          "  -h, --help                        show this help\n"
          "  -V, --version                     show version\n");
    constexpr auto kLong =
        cli::table_of<Other>({{0, "a-name-that-is-longer-than-its-column", nullptr,
                               "help", sets<&Other::other>}});
    CHECK(cli::describe(kLong.rows) ==
          "      --a-name-that-is-longer-than-its-column help\n");
}
