// SPDX-License-Identifier: LGPL-2.1-or-later
// The devices in a fake /sys.
#include "kernel/device_tree.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/names.hpp"
#include "support/message_log.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;

namespace {

struct Machine {
    Machine() : root(io::Root::open(files.string()).value()), sysfs(root, messages) {}

    void link(const std::string& target, const std::string& path) const {
        const boost::filesystem::path place(files.string() + "/" + path);
        boost::filesystem::create_directories(place.parent_path());
        boost::filesystem::create_symlink(target, place);
    }
    [[nodiscard]] std::vector<std::string> paths() const {
        std::vector<std::string> found;
        const auto tree = kernel::read_devices(sysfs);
        REQUIRE(tree.has_value());
        for (const kernel::Device& device : tree->devices) found.push_back(device.path);
        return found;
    }

    test::TemporaryDirectory files;
    io::Root root;
    test::MessageLog messages;
    kernel::Sysfs sysfs;
};

using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("read_devices: reads bus, driver and module from the links") {
    const Machine machine;
    machine.files.write("sys/devices/pci0/0:1/modalias", "pci:v1\n");
    machine.link("../../../bus/pci", "sys/devices/pci0/0:1/subsystem");
    machine.link("../../../bus/pci/drivers/e1000", "sys/devices/pci0/0:1/driver");
    machine.link("../../../../module/e1000_core", "sys/bus/pci/drivers/e1000/module");
    machine.files.write("sys/devices/pci0/0:1/input/input0/modalias", "input:b1\n");
    machine.link("../../../../../class/input",
                 "sys/devices/pci0/0:1/input/input0/subsystem");
    const auto tree = kernel::read_devices(machine.sysfs);
    REQUIRE(tree.has_value());
    CHECK(tree->is_complete);
    REQUIRE(tree->devices.size() == 2);
    const kernel::Device& card = tree->devices[0];
    CHECK(card.path == "/sys/devices/pci0/0:1");
    CHECK(card.modalias == "pci:v1");
    CHECK(card.bus == "pci");
    CHECK(card.on_bus);
    CHECK(card.driver == "e1000");
    CHECK(card.driver_module == "e1000_core");
    const kernel::Device& button = tree->devices[1];
    CHECK(button.bus == "input");
    CHECK_FALSE(button.on_bus);
    CHECK(button.driver.empty());
}

TEST_CASE("read_devices: takes the alias of a bus device from uevent if it has no file") {
    const Machine machine;
    machine.files.write("sys/devices/mmc0/modalias_not", "x\n");
    machine.files.write("sys/devices/mmc0/card/uevent", "TYPE=SD\nMODALIAS=mmc:block\n");
    machine.link("../../../bus/mmc", "sys/devices/mmc0/card/subsystem");
    // A class device: its uevent file is not read.
    machine.files.write("sys/devices/mmc0/led/uevent", "MODALIAS=x:y\n");
    machine.link("../../../class/leds", "sys/devices/mmc0/led/subsystem");
    CHECK(machine.paths() == Paths{"/sys/devices/mmc0/card"});
}

TEST_CASE("read_devices: follows no links, and ignores empty and overlong aliases") {
    const Machine machine;
    machine.files.write("sys/devices/a/modalias", "a:1\n");
    machine.link("..", "sys/devices/a/up");
    machine.link("/", "sys/devices/a/root");
    machine.link("nowhere", "sys/devices/a/driver/module");
    machine.files.write("sys/devices/b/modalias", "\n");
    machine.files.write("sys/devices/c/modalias",
                        "c:" + std::string(kMaxNameLength, 'x') + "\n");
    machine.files.write("sys/devices/d/modalias/file", "a directory");
    CHECK(machine.paths() == Paths{"/sys/devices/a"});
    const std::string devices = machine.files.string() + "/sys/devices/";
    CHECK(machine.messages.lines() ==
          Paths{"warning: could not read " + devices +
                    "d/modalias: cannot read: Is a directory",
                "warning: " + devices + "a/driver: not a symlink"});
}

TEST_CASE("read_devices: does not descend without limit") {
    const Machine machine;
    std::string path = "sys/devices";
    for (std::size_t depth = 0; depth < kernel::kMaxDeviceDepth + 2; ++depth)
        path += "/d";
    machine.files.write(path + "/modalias", "deep:1\n");
    const auto tree = kernel::read_devices(machine.sysfs);
    REQUIRE(tree.has_value());
    CHECK(tree->devices.empty());
    CHECK_FALSE(tree->is_complete);
}

TEST_CASE("read_devices: without /sys/devices, the error names it") {
    const Machine machine;
    const auto tree = kernel::read_devices(machine.sysfs);
    REQUIRE_FALSE(tree.has_value());
    CHECK(tree.error().kind == ErrorKind::not_found);
    CHECK(tree.error().message.contains(machine.files.string() + "/sys/devices"));
}
