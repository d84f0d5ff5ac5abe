// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of cli/diff_view.hpp: the output of kmod diff.
#include "cli/diff_view.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace kmodpp;
using cli::DiffSection;
using cli::DiffSections;

namespace {

ReleaseDiff some_differences() {
    using Kind = ModuleChange::Kind;
    ReleaseDiff diff;
    diff.before = {.release = "1", .directory = "/lib/modules/1", .modules = 5};
    diff.after = {.release = "2", .directory = "/lib/modules/2", .builtin = 3};
    diff.modules = {{Kind::added, "a", "", "kernel/a.ko"},
                    {Kind::removed, "b", "", "", true, false},
                    {Kind::moved, "c", "kernel/c.ko", "updates/c.ko"},
                    {Kind::became_builtin, "d", "kernel/d.ko", "", false, true}};
    diff.aliases = {{"fs-a", false, {}, {"a"}},
                    {"usb:v1*", true, {"b", "c"}, {}},
                    {"usb:v2*", true, {"c"}, {"a"}},
                    {"usb:v3*", true, {}, {"a"}}};
    diff.parameters = {{"c", "p", "int", std::nullopt}, {"c", "q", "", "bool"}};
    diff.symbols = {{"fn", ExportedState{"c", 1}, ExportedState{"", 0xabcd, true, "NS"}},
                    {"gone", ExportedState{""}, std::nullopt}};
    diff.firmware = {{"x.bin", {}, {"a", "c"}}};
    return diff;
}

DiffSections only(DiffSection section) {
    DiffSections sections;
    sections.add(section);
    return sections;
}

}  // namespace

TEST_CASE("diff_as_text: prints a heading and lines for each kind of difference") {
    CHECK(cli::diff_as_text(some_differences(), false).plain() ==
          "--- /lib/modules/1: 5 modules, 0 built in\n"
          "+++ /lib/modules/2: 0 modules, 3 built in\n"
          "\nModules: 1 added, 1 removed, 1 moved, 1 now built in\n"
          "+ kernel/a.ko\n"
          "- b (builtin)\n"
          "~ c: kernel/c.ko -> updates/c.ko\n"
          "~ d: kernel/d.ko -> builtin\n"
          "\nDevices: 1 with a new driver, 1 without a driver\n"
          "- usb:v1*: b, c\n"
          "+ usb:v3*: a\n"
          "\nAliases: 1 added, 1 changed\n"
          "+ fs-a: a\n"
          "~ usb:v2*: c -> a\n"
          "\nParameters: 1 removed, 1 changed\n"
          "- c.p (int)\n"
          "~ c.q: no type -> bool\n"
          "\nSymbols: 1 removed, 1 changed\n"
          "~ fn: c -> vmlinux, CRC 0x00000001 -> 0x0000abcd, any license -> GPL only, "
          "namespace none -> NS\n"
          "- gone: vmlinux\n"
          "\nFirmware: 1 added\n"
          "+ x.bin: a, c\n");
    CHECK(cli::diff_as_text({}, false).empty());
}

TEST_CASE("diff_as_text: a summary has the headings only") {
    CHECK(cli::diff_as_text(some_differences(), true).plain() ==
          "--- /lib/modules/1: 5 modules, 0 built in\n"
          "+++ /lib/modules/2: 0 modules, 3 built in\n"
          "Modules: 1 added, 1 removed, 1 moved, 1 now built in\n"
          "Devices: 1 with a new driver, 1 without a driver\n"
          "Aliases: 1 added, 1 changed\n"
          "Parameters: 1 removed, 1 changed\n"
          "Symbols: 1 removed, 1 changed\n"
          "Firmware: 1 added\n");
}

TEST_CASE("keep_sections: removes the differences of other sections") {
    for (std::size_t i = 0; i < cli::kDiffSections.size(); ++i) {
        const auto section = cli::diff_section(cli::kDiffSections[i]);
        REQUIRE(section.has_value());
        ReleaseDiff diff = some_differences();
        cli::keep_sections(diff, only(*section));
        CHECK(cli::has_differences(diff));
        const std::string json = cli::diff_as_json(diff, only(*section));
        for (const std::string_view other : cli::kDiffSections)
            CHECK(json.contains("\n  \"" + std::string(other) + "\": [") ==
                  (other == cli::kDiffSections[i]));
    }
    CHECK_FALSE(cli::diff_section("colours").has_value());
    CHECK_FALSE(cli::has_differences({}));
}

TEST_CASE("diff_as_json: omits what does not exist") {
    const std::string json = cli::diff_as_json(some_differences(), DiffSections::all());
    for (const std::string_view part : {R"("directory": "/lib/modules/1",
    "modules": 5,
    "builtin": 0,
    "unreadable": 0
  },)",
                                        R"("change": "added",
      "module": "a",
      "after": "kernel/a.ko",)",
                                        R"("module": "d",
      "before": "kernel/d.ko",
      "builtin_before": false,
      "builtin_after": true)",
                                        R"("pattern": "usb:v1*",
      "before": [
        "b",
        "c"
      ],
      "after": [])",
                                        R"("name": "p",
      "before": "int"
    },)",
                                        R"("name": "q",
      "before": "",
      "after": "bool")",
                                        R"("before": {
        "module": "c",
        "crc": "0x00000001",
        "gpl_only": false
      },
      "after": {
        "crc": "0x0000abcd",
        "gpl_only": true,
        "namespace": "NS"
      })",
                                        R"("symbol": "gone",
      "before": {
        "gpl_only": false
      }
    })"}) {
        CAPTURE(part);
        CHECK(json.contains(part));
    }
}
