// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/depmod_config.hpp: every verb, and the lines that are refused.
#include "format/depmod_config.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace kmodpp;

namespace {

/// Every rule as a line; remarks start with '!', those about deprecated verbs with '~'.
std::vector<std::string> rules_of(std::string_view text) {
    DepmodConfig config;
    parse_depmod_config(text, "d.conf", config);
    std::vector<std::string> rules;
    for (const SearchPlace& place : config.search) {
        constexpr std::string_view kKinds[] = {"directory", "built-in", "external"};
        rules.push_back(cat("search ", kKinds[static_cast<int>(place.kind)], " ",
                            place.directory, " @", place.origin.line));
    }
    for (const OverrideRule& rule : config.overrides)
        rules.push_back(cat("override ", rule.module, " ", rule.kernel, " ",
                            rule.directory, " @", rule.origin.line));
    for (const ExternalRule& rule : config.externals)
        rules.push_back(
            cat("external ", rule.kernel, " ", rule.directory, " @", rule.origin.line));
    for (const ExcludeRule& rule : config.excludes)
        rules.push_back(cat("exclude ", rule.name, " @", rule.origin.line));
    for (const ConfigRemark& remark : config.remarks)
        rules.push_back(cat(remark.deprecated ? "~" : "!", remark.origin.describe(), ": ",
                            remark.text));
    return rules;
}

}  // namespace

TEST_CASE("parse_depmod_config: reads every verb") {
    const struct {
        std::string_view text;
        std::vector<std::string> expected;
    } rows[] = {
        {"search updates extra built-in external weak-updates\n",
         {"search directory updates @1", "search directory extra @1",
          "search built-in built-in @1", "search external external @1",
          "search directory weak-updates @1"}},
        {"search a\nsearch b", {"search directory a @1", "search directory b @2"}},
        {"search updates \\\n  built-in",
         {"search directory updates @2", "search built-in built-in @2"}},
        {"search", {"!d.conf line 1: ignoring bad line starting with 'search'"}},
        {"override snd-pcm 6.1.* updates/dkms",
         {"override snd_pcm 6.1.* updates/dkms @1"}},
        {"override a * extra # more words are ignored", {"override a * extra @1"}},
        {"\noverride a *",
         {"!d.conf line 2: ignoring bad line starting with 'override'"}},
        {"override a (((( extra",
         {"!d.conf line 1: ignoring bad line starting with 'override'"}},
        {"external (.{1,255}){1,255} /a",
         {"!d.conf line 1: ignoring bad line starting with 'external'"}},
        {"external * /a /b", {"external * /a @1", "external * /b @1"}},
        {"external * /a b",
         {"!d.conf line 1: ignoring bad line starting with 'external'"}},
        {"external *", {"!d.conf line 1: ignoring bad line starting with 'external'"}},
        {"exclude .debug a", {"exclude .debug @1", "exclude a @1"}},
        {"exclude \t", {"!d.conf line 1: ignoring bad line starting with 'exclude'"}},
        {"include x", {"~d.conf line 1: command include is not implemented"}},
        {"make_map_files yes",
         {"~d.conf line 1: command make_map_files is not implemented"}},
        {"Search updates", {"!d.conf line 1: ignoring bad line starting with 'Search'"}},
        {"\x1b[31m x", {"!d.conf line 1: ignoring bad line starting with '\\x1b[31m'"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(rules_of(row.text) == row.expected);
    }
}

TEST_CASE("parse_depmod_config: merges files in the order in which they are read") {
    DepmodConfig config;
    parse_depmod_config("search a\nbad", "1.conf", config);
    parse_depmod_config("search b\n", "2.conf", config);
    REQUIRE(config.search.size() == 2);
    CHECK(config.search[1].origin.describe() == "2.conf line 1");
    REQUIRE(config.remarks.size() == 1);
    CHECK(config.remarks[0].origin.describe() == "1.conf line 2");
}
