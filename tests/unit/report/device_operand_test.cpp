// SPDX-License-Identifier: LGPL-2.1-or-later
// The names by which a device can be given.
#include "report/device_operand.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "unit/report/machine.hpp"

using namespace kmodpp;

TEST_CASE("find_device: finds a device by each of its names") {
    test::ReportMachine machine;
    machine.device("0000:00:1f.6", "pci:v1");
    machine.files().write("sys/devices/0000:00:1f.6/net/eth0/uevent", "INTERFACE=eth0\n");
    machine.files().write("sys/devices/0000:00:1f.6/block/sda/uevent", "DEVNAME=sda\n");
    machine.link("../../devices/0000:00:1f.6/net/eth0", "sys/class/net/eth0");
    machine.link("../../devices/0000:00:1f.6/block/sda", "sys/dev/block/8:0");
    machine.files().write("dev/sda", "");
    machine.link("../../sda", "dev/disk/by-id/x");
    for (const std::string_view name :
         {"/sys/devices/0000:00:1f.6", "/sys/class/net/eth0",
          "/sys/bus/pci/devices/0000:00:1f.6", "eth0", "0000:00:1f.6", "00:1f.6",
          "/dev/sda", "/dev/disk/by-id/x"}) {
        CAPTURE(name);
        const auto device = find_device(machine.system().files, name);
        REQUIRE(device.has_value());
        CHECK(device->path == "/sys/devices/0000:00:1f.6");
        CHECK(device->modalias == "pci:v1");
    }
}

TEST_CASE("find_device: an unknown name with a colon is an alias") {
    test::ReportMachine machine;
    const auto device = find_device(machine.system().files, "pci:v2");
    REQUIRE(device.has_value());
    CHECK(device->path.empty());
    CHECK(device->modalias == "pci:v2");
}

TEST_CASE("find_device: refuses what is not a device") {
    test::ReportMachine machine;
    machine.files().write("sys/devices/a/uevent", "");
    machine.files().write("etc/modalias", "x:1\n");
    for (const std::string& name : std::vector<std::string>{
             "", ".", "..", "eth9", "/etc", "/sys/devices/a", "/sys/../etc", "/dev/none",
             "/dev/../etc", "../../../etc", std::string("a:\0", 3) + "/",
             std::string(5000, ':')}) {
        CAPTURE(name);
        const auto device = find_device(machine.system().files, name);
        if (device && device->path.empty()) continue;  // an alias
        REQUIRE_FALSE(device.has_value());
        CHECK(device.error().kind == ErrorKind::not_found);
        CHECK(device.error().message.contains("is not a device"));
    }
}
