// SPDX-License-Identifier: LGPL-2.1-or-later
// The directories of firmware files and their order.
#include "report/firmware_search.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "unit/report/machine.hpp"

using namespace kmodpp;

TEST_CASE("FirmwareSearch: searches all directories for one suffix after the other") {
    test::ReportMachine machine;
    const std::vector<std::string> kOrder = {
        "/lib/firmware/updates/6.1.0/a.bin",   "/lib/firmware/updates/a.bin",
        "/lib/firmware/6.1.0/a.bin",           "/lib/firmware/a.bin",
        "/lib/firmware/updates/a.bin.zst",     "/lib/firmware/a.bin.zst",
        "/lib/firmware/updates/6.1.0/a.bin.xz"};
    for (auto path = kOrder.rbegin(); path != kOrder.rend(); ++path) {
        machine.files().write(path->substr(1), "x");
        CHECK(FirmwareSearch(machine.system()).find("a.bin") == *path);
    }
}

TEST_CASE("FirmwareSearch: the parameter of the kernel comes first") {
    test::ReportMachine machine;
    machine.files().write("one/a.bin", "x");
    machine.files().write("two/a.bin", "x");
    machine.kernel.boot_line = "quiet firmware_class.path=/one";
    CHECK(FirmwareSearch(machine.system()).find("a.bin") == "/one/a.bin");
    machine.files().write("sys/module/firmware_class/parameters/path", "/two\n");
    CHECK(FirmwareSearch(machine.system()).find("a.bin") == "/two/a.bin");
    machine.files().write("sys/module/firmware_class/parameters/path", "\n");
    CHECK(FirmwareSearch(machine.system()).find("a.bin").empty());
    CHECK(FirmwareSearch(machine.system()).directories().size() == 4);
}

TEST_CASE("FirmwareSearch: matches names with wildcards, in files and directories") {
    test::ReportMachine machine;
    machine.files().write("lib/firmware/brand/chip1.b.bin.xz", "x");
    machine.files().write("lib/firmware/brand/chip1.a.bin.xz", "x");
    machine.files().write("lib/firmware/other/chip1.txt", "x");
    machine.files().write("lib/firmware/other/folder.bin/x", "x");
    const FirmwareSearch search(machine.system());
    CHECK(search.find("brand/chip*.bin") == "/lib/firmware/brand/chip1.a.bin.xz");
    CHECK(search.find("*/chip1.txt") == "/lib/firmware/other/chip1.txt");
    CHECK(search.find("*/chip?.b*") == "/lib/firmware/brand/chip1.b.bin.xz");
    CHECK(search.find("other/*.bin").empty());
    CHECK(search.find("none/*.bin").empty());
    CHECK(search.find("brand").empty());
    CHECK(search.find("").empty());
}
