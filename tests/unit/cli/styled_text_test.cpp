// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of cli/styled_text.hpp: text in colour and without.
#include "cli/styled_text.hpp"

#include <doctest/doctest.h>

#include <string>

#include "cli/diff_view.hpp"
#include "cli/relation_tree.hpp"
#include "cli/verification_view.hpp"

using namespace kmodpp;
using cli::coloured;
using cli::Style;
using cli::StyledText;

namespace {

/// a good part between two plain ones
StyledText some_text() {
    StyledText text;
    text += "before ";
    text.add(Style::good, "good") += " after\n";
    return text;
}

}  // namespace

TEST_CASE("coloured: each style has its own sequence, and plain text has none") {
    const struct {
        Style style;
        std::string_view expected;
    } rows[] = {
        {Style::plain, "x"},
        {Style::heading, "\x1b[1mx\x1b[0m"},
        {Style::good, "\x1b[32mx\x1b[0m"},
        {Style::warning, "\x1b[33mx\x1b[0m"},
        {Style::bad, "\x1b[1;31mx\x1b[0m"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.expected);
        CHECK(coloured(row.style, "x") == row.expected);
        CHECK(coloured(row.style, "").empty());
    }
}

TEST_CASE("coloured: escapes the sequences of untrusted text, also its own") {
    CHECK(coloured(Style::bad, "a\x1b[0m\x1b[32mb\x9b\n") ==
          "\x1b[1;31ma\\x1b[0m\\x1b[32mb\\x9b\n\x1b[0m");
    CHECK(coloured(Style::plain, "\x1b[1m") == "\\x1b[1m");
}

TEST_CASE("StyledText: the plain text has no sequences and is not escaped") {
    CHECK(some_text().plain() == "before good after\n");
    CHECK(some_text().in_colour() == "before \x1b[32mgood\x1b[0m after\n");
    StyledText raw;
    raw += "a\x1b[m";
    raw.add(Style::bad, "b\r");
    raw += "\x1b[1m";
    CHECK(raw.plain() == "a\x1b[mb\r\x1b[1m");
    CHECK(raw.in_colour() == "a\\x1b[m\x1b[1;31mb\\x0d\x1b[0m\\x1b[1m");
    CHECK(StyledText().in_colour().empty());
}

TEST_CASE("StyledText: keeps the styles of a text that is appended") {
    StyledText text = some_text();
    text += some_text();
    CHECK(text.plain() == some_text().plain() + some_text().plain());
    CHECK(text.in_colour() == some_text().in_colour() + some_text().in_colour());
    text = some_text();
    text += text;
    CHECK(text.in_colour() == some_text().in_colour() + some_text().in_colour());
}

TEST_CASE("relations_as_tree: states are in colour") {
    ModuleGraph graph;
    graph.nodes = {{.name = "a", .named = true, .loaded = true},
                   {.name = "b", .kind = ModuleGraph::Node::Kind::missing}};
    graph.edges = {{0, 1}};
    CHECK(cli::relations_as_tree(graph, RelationsRequest::Direction::dependencies,
                                 cli::Branches::ascii)
              .in_colour() ==
          "a (\x1b[32mloaded\x1b[0m)\n`-b (\x1b[1;31mnot found\x1b[0m)\n");
}

TEST_CASE("diff_as_text: the lines of a section are in the colours of diff") {
    ReleaseDiff diff;
    // With "=", GCC 12 warns that the string is not initialised.
    diff.before.directory += "/1";
    diff.after.directory += "/2";
    diff.parameters = {{.module = "m", .name = "new", .after = "int"},
                       {.module = "m", .name = "old", .before = "int"},
                       {.module = "m", .name = "p", .before = "int", .after = "uint"}};
    CHECK(cli::diff_as_text(diff, false).in_colour() ==
          "\x1b[1m--- /1: 0 modules, 0 built in\x1b[0m\n"
          "\x1b[1m+++ /2: 0 modules, 0 built in\x1b[0m\n\n"
          "\x1b[1mParameters: 1 added, 1 removed, 1 changed\x1b[0m\n"
          "\x1b[32m+ m.new (int)\x1b[0m\n"
          "\x1b[1;31m- m.old (int)\x1b[0m\n"
          "\x1b[33m~ m.p: int -> uint\x1b[0m\n");
}

TEST_CASE("verdict_as_text: the verdict is in colour, as in the summary") {
    const struct {
        SignatureVerdict verdict;
        std::string_view expected;
    } rows[] = {
        {SignatureVerdict::valid, "\x1b[32mvalid\x1b[0m"},
        {SignatureVerdict::unsigned_module, "\x1b[33munsigned_module\x1b[0m"},
        {SignatureVerdict::unknown_key, "\x1b[33munknown_key\x1b[0m"},
        {SignatureVerdict::unsupported, "\x1b[33munsupported\x1b[0m"},
        {SignatureVerdict::changed, "\x1b[1;31mchanged\x1b[0m"},
        {SignatureVerdict::malformed, "\x1b[1;31mmalformed\x1b[0m"},
        {SignatureVerdict::blacklisted, "\x1b[1;31mblacklisted\x1b[0m"},
        {SignatureVerdict::not_for_modules, "\x1b[1;31mnot_for_modules\x1b[0m"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.expected);
        VerifiedModule module;
        module.filename = "/m.ko";
        module.check = SignatureCheck{.verdict = row.verdict, .signer = "me"};
        CHECK(cli::verdict_as_text(module).in_colour().starts_with(
            "/m.ko: " + std::string(row.expected) + ": "));
        cli::VerdictCounts counts;
        counts.add(module);
        CHECK(counts.as_text().in_colour().starts_with("1 " + std::string(row.expected) +
                                                       ": signed by 'me'"));
    }
}
