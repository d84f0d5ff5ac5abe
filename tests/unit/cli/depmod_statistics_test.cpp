// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of cli/depmod_statistics.hpp.
#include "cli/depmod_statistics.hpp"

#include <doctest/doctest.h>

using namespace kmodpp;
using namespace std::chrono_literals;

namespace {

DepmodReport some_report() {
    DepmodReport report;
    report.modules = 4023;
    report.unreadable_modules = 1;
    report.cached_modules = 4021;
    report.symbols = 14180;
    report.aliases = 26222;
    report.stages = {{"scan", 12345us}, {"link", 7us}};
    return report;
}

}  // namespace

TEST_CASE("statistics_as_text: prints one line per count and stage") {
    CHECK(cli::statistics_as_text(some_report()) ==
          "modules                    4023\n"
          "unreadable modules            1\n"
          "cached modules             4021\n"
          "symbols                   14180\n"
          "aliases                   26222\n"
          "up to date                   no\n"
          "time: scan             12.35 ms\n"
          "time: link              0.01 ms\n"
          "time: total            12.35 ms\n");
}

TEST_CASE("statistics_as_json: prints the same as numbers") {
    auto report = some_report();
    report.up_to_date = true;
    CHECK(cli::statistics_as_json(report) == R"({
  "modules": 4023,
  "unreadable_modules": 1,
  "cached_modules": 4021,
  "symbols": 14180,
  "aliases": 26222,
  "up_to_date": true,
  "stages": [
    {
      "name": "scan",
      "microseconds": 12345
    },
    {
      "name": "link",
      "microseconds": 7
    }
  ]
}
)");
}
