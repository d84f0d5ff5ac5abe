// SPDX-License-Identifier: LGPL-2.1-or-later
// Diagnoses as JSON, and warnings about parameters.
#include "cli/diagnosis_view.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "cli/json_values.hpp"

using namespace kmodpp;

namespace {

Diagnosis sample() {
    Diagnosis diagnosis;
    diagnosis.module = "m";
    diagnosis.path = "/m.ko";
    diagnosis.code = ENOENT;
    diagnosis.findings = {
        {FailureCause::unknown_symbol, "m: needs a and b", "", {}},
        {FailureCause::gpl_only_symbol, "m: its licence", "change it", {}}};
    diagnosis.findings[0].facts = {{"symbol", "a"}, {"symbol", "b"}};
    diagnosis.kernel_log = {{"m: \xff", false}};
    return diagnosis;
}

}  // namespace

TEST_CASE("json_of diagnosis: names the first cause, and all causes with their facts") {
    const auto json = cli::Json::parse(cli::json_text(cli::json_of(sample())));
    CHECK(json["module"] == "m");
    CHECK(json["path"] == "/m.ko");
    CHECK(json["cause"] == "unknown_symbol");
    CHECK(json["errno"] == "ENOENT");
    CHECK(json["code"] == ENOENT);
    REQUIRE(json["findings"].size() == 2);
    CHECK(json["findings"][0]["facts"]["symbol"] == cli::Json({"a", "b"}));
    CHECK_FALSE(json["findings"][0].contains("advice"));
    CHECK(json["findings"][1]["advice"] == "change it");
    CHECK_FALSE(json["findings"][1].contains("facts"));
    CHECK(json["kernel_log"][0] == "m: \xef\xbf\xbd");
}

TEST_CASE("json_of diagnosis: omits empty fields") {
    Diagnosis diagnosis;
    diagnosis.module = "m";
    diagnosis.findings = {{FailureCause::command_failed, "no", "", {}}};
    const auto json = cli::json_of(diagnosis);
    CHECK(json.size() == 3);
    CHECK(json["cause"] == "command_failed");
}
