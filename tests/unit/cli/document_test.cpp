// SPDX-License-Identifier: LGPL-2.1-or-later
// The single document that a tool prints with --json.
#include "cli/document.hpp"

#include <doctest/doctest.h>

#include "cli/json.hpp"

using namespace kmodpp;

TEST_CASE("outcome_document: has every list, empty or not") {
    cli::Outcome outcome;
    outcome.release = "6.1.0";
    const auto empty = cli::Json::parse(cli::outcome_document(outcome));
    CHECK(empty["release"] == "6.1.0");
    for (const char* const key :
         {"loaded", "removed", "commands", "skipped", "unknown", "failed", "refused"}) {
        CAPTURE(key);
        CHECK(empty[key] == cli::Json::array());
    }
}

TEST_CASE("outcome_document: distinguishes an unknown name from a failure") {
    cli::Outcome outcome;
    outcome.loaded.emplace_back();
    outcome.loaded.back().module = "m";
    outcome.loaded.back().options = "a=1";
    outcome.without_plan = {
        {"x", {.kind = ErrorKind::not_found, .message = "no x"}},
        {"y", {.kind = ErrorKind::busy, .message = "y is in use"}},
    };
    const auto json = cli::Json::parse(cli::outcome_document(outcome));
    CHECK(json["loaded"][0]["parameters"] == "a=1");
    CHECK(json["unknown"][0]["name"] == "x");
    CHECK(json["unknown"][0]["text"] == "no x");
    CHECK(json["failed"][0]["name"] == "y");
    CHECK(json["failed"][0]["error"]["kind"] == "busy");
}

TEST_CASE("error_document: has kind and message, whatever bytes the message contains") {
    const auto json = cli::Json::parse(
        cli::error_document({.kind = ErrorKind::denied, .message = "no \xff"}));
    CHECK(json["error"]["kind"] == "denied");
    CHECK(json["error"]["message"] == "no \xef\xbf\xbd");
}
