// SPDX-License-Identifier: LGPL-2.1-or-later
// What the options of modprobe select.
#include "cli/modprobe_options.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

#include "cli/plan_queries.hpp"

using namespace kmodpp;
using cli::Mode;
using cli::ModprobeOptions;
using Question = cli::Answer::Question;

namespace {

/// The options that these letters stand for.
ModprobeOptions given(std::string_view letters) {
    ModprobeOptions options;
    const auto has = [&](char letter) { return letters.contains(letter); };
    options.show_config = has('c');
    options.check_config = has('k');
    options.show_modversions = has('m');
    options.show_exports = has('x');
    options.graph = has('g');
    options.explain = has('e');
    options.resolve_alias = has('R');
    options.show_depends = has('D');
    options.dry_run = has('n');
    options.remove = has('r');
    options.remove_holders = has('h');
    options.json = has('j');
    options.quiet = has('q');
    options.has_end_mark = has('-');
    return options;
}

}  // namespace

TEST_CASE("mode_of: --json and the options for queries select one mode") {
    const struct {
        std::string_view options;
        Mode expected;
    } rows[] = {
        {"", Mode::execute},
        {"j", Mode::execute},
        {"r", Mode::execute},
        {"jrq", Mode::execute},
        {"n", Mode::dry_run},
        {"D", Mode::dry_run},
        {"rn", Mode::dry_run},
        {"nj", Mode::show_plans},
        {"Dj", Mode::show_plans},
        {"Rj", Mode::show_plans},
        {"rnj", Mode::show_plans},
        {"R", Mode::print_names},
        {"Rn", Mode::print_names},
        {"e", Mode::explain},
        {"enDRjr", Mode::explain},
        {"g", Mode::graph},
        {"gej", Mode::graph},
        {"xg", Mode::show_exports},
        {"mx", Mode::show_modversions},
        {"km", Mode::check_config},
        {"ckmxgeRDnj", Mode::show_config},
    };
    for (const auto& row : rows) {
        CAPTURE(row.options);
        CHECK(cli::mode_of(given(row.options)) == row.expected);
    }
}

TEST_CASE("question_of: -R takes precedence, and --remove-holders implies -r") {
    const struct {
        std::string_view options;
        Question expected;
    } rows[] = {
        {"", Question::insert},  {"nD", Question::insert}, {"r", Question::remove},
        {"h", Question::remove}, {"R", Question::resolve}, {"Rrh", Question::resolve},
    };
    for (const auto& row : rows) {
        CAPTURE(row.options);
        CHECK(cli::question_of(given(row.options)) == row.expected);
    }
}

TEST_CASE("insert_request: follows the mode") {
    const struct {
        std::string_view options;
        bool each_match, plan_only, ignore_loaded, never_path;
    } rows[] = {
        {"", false, false, false, false},  {"j", false, false, false, false},
        {"n", true, true, false, false},   {"D", true, true, true, false},
        {"nj", false, true, false, false}, {"Dj", false, true, true, false},
        {"e", false, true, false, false},  {"en", false, true, false, false},
        {"q", false, false, false, false}, {"-", false, false, false, false},
        {"q-", false, false, false, true},
    };
    for (const auto& row : rows) {
        CAPTURE(row.options);
        const auto request = cli::insert_request(given(row.options), "m", "a=1");
        CHECK(request.each_match == row.each_match);
        CHECK(request.plan_only == row.plan_only);
        CHECK(request.ignore_loaded == row.ignore_loaded);
        CHECK(request.never_path == row.never_path);
    }
}

TEST_CASE("insert_request: --ignore-forbid without a module is about all modules") {
    ModprobeOptions options;
    options.ignore_forbid = {"a"};
    CHECK_FALSE(cli::insert_request(options, "m", "").ignore_forbid);
    options.ignore_forbid = {"a", ""};
    CHECK(cli::insert_request(options, "m", "").ignore_forbid);
    CHECK(cli::insert_request(options, "m", "").allowed == options.ignore_forbid);
}

TEST_CASE("remove_request: waits if MSEC is not 0") {
    ModprobeOptions options;
    for (const auto& [wait, expected] :
         {std::pair("0", false), std::pair("000", false), std::pair("10", true)}) {
        options.wait = wait;
        CAPTURE(wait);
        CHECK(cli::remove_request(options, "m").wait == expected);
    }
    options.wait.reset();
    CHECK_FALSE(cli::remove_request(options, "m").wait);
}
