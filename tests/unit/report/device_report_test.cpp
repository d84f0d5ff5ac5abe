// SPDX-License-Identifier: LGPL-2.1-or-later
// Devices, and why the modules that match them are not at work.
#include "report/device_report.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/elf_builder.hpp"
#include "unit/report/machine.hpp"

using namespace kmodpp;

namespace {

class Machine : public test::ReportMachine {
public:
    Machine() {
        dep({"card.ko:", "other.ko:"});
        index("modules.alias.bin", {{"pci:v1*", "card"}, {"pci:v1*", "other"}});
        index("modules.builtin.bin", {{"fixed", ""}});
        index("modules.builtin.alias.bin", {{"pci:v2*", "fixed"}, {"pci:v1*", "fixed"}});
        for (const std::string name : {"card", "other"})
            file(name + ".ko", test::ElfBuilder()
                                   .text(64)
                                   .info("name", name)
                                   .info("vermagic", "6.1.0 SMP")
                                   .info("firmware", name + ".fw")
                                   .this_module(name)
                                   .build());
        device("d", "pci:v1");
    }

    DeviceStatus status(std::string_view name = "d") {
        auto report = report_device(system(), name);
        REQUIRE_MESSAGE(report, report.error().message);
        return *std::move(report);
    }
    /// The state of the module that has the better priority.
    DeviceModule first() {
        auto found = status();
        REQUIRE_FALSE(found.modules.empty());
        return found.modules.front();
    }
};

}  // namespace

TEST_CASE("report_device: lists matching modules by priority, built-in ones at the end") {
    Machine machine;
    const auto status = machine.status();
    REQUIRE(status.modules.size() == 3);
    CHECK(status.modules[0].module == "card");
    CHECK(status.modules[0].pattern == "pci:v1*");
    CHECK(status.modules[0].state == DeviceModuleState::loadable);
    CHECK(status.modules[0].advice == "load it with 'modprobe card'");
    CHECK(status.modules[1].module == "other");
    CHECK(status.modules[2].module == "fixed");
    CHECK(status.modules[2].state == DeviceModuleState::builtin);
    CHECK(status.unbound());
    CHECK(status.address == "d");
}

TEST_CASE("report_device: recognises the module of the bound driver") {
    Machine machine;
    machine.kernel.loaded = {{.name = "card"}};
    machine.link("../../bus/pci/drivers/cards", "sys/devices/d/driver");
    machine.link("../../../../module/card", "sys/bus/pci/drivers/cards/module");
    const auto status = machine.status();
    CHECK(status.driver == "cards");
    CHECK_FALSE(status.unbound());
    CHECK(status.modules[0].state == DeviceModuleState::bound);
    CHECK(status.modules[0].text == "its driver cards is bound");
    CHECK(status.modules[1].state == DeviceModuleState::loadable);
    CHECK(status.modules[1].advice.empty());
}

TEST_CASE(
    "report_device: a loaded module without a bound driver lacks firmware or more") {
    Machine machine;
    machine.kernel.loaded = {{.name = "card"}};
    machine.link("../../../bus/pci/drivers/cards", "sys/module/card/drivers/pci:cards");
    const auto module = machine.first();
    CHECK(module.state == DeviceModuleState::not_bound);
    CHECK(module.missing_firmware == std::vector<std::string>{"card.fw"});
    CHECK(module.text.contains("firmware that it may need is missing: card.fw"));
    CHECK(module.advice.contains("'echo d >/sys/bus/pci/drivers/cards/bind'"));
    machine.files().write("lib/firmware/card.fw.xz", "x");
    CHECK(machine.first().missing_firmware.empty());
}

TEST_CASE("report_device: names the line that keeps a module from being loaded") {
    Machine machine;
    machine.config("# first\nblacklist card\n");
    const auto blacklisted = machine.first();
    CHECK(blacklisted.state == DeviceModuleState::blacklisted);
    CHECK(blacklisted.origin.line == 2);
    machine.config("forbid card it hangs\ninstall card /bin/false\n");
    const auto forbidden = machine.first();
    CHECK(forbidden.state == DeviceModuleState::forbidden);
    CHECK(forbidden.origin.line == 1);
    CHECK(forbidden.text.starts_with("card is forbidden in "));
    CHECK(forbidden.text.ends_with(" line 1: it hangs"));
    CHECK(forbidden.advice == "run 'kmod allow card' or remove the line");
    machine.config("install card /bin/false\n");
    const auto replaced = machine.first();
    CHECK(replaced.state == DeviceModuleState::command);
    CHECK(replaced.origin.line == 1);
    // A command that may load the module prevents nothing.
    machine.config("install card /sbin/prepare && modprobe -i card\n");
    CHECK(machine.first().state == DeviceModuleState::loadable);
    // A loaded module was loaded in spite of the line.
    machine.config("blacklist card\n");
    machine.kernel.loaded = {{.name = "card"}};
    CHECK(machine.first().state == DeviceModuleState::not_bound);
}

TEST_CASE(
    "report_device: explains a file that is missing or that the kernel would refuse") {
    Machine machine;
    machine.file("card.ko", "not a module");
    const auto refused = machine.first();
    CHECK(refused.state == DeviceModuleState::refused);
    REQUIRE(refused.refusal.has_value());
    CHECK(refused.refusal->findings.front().cause == FailureCause::not_elf);
    CHECK(refused.text.starts_with("the kernel would refuse it: "));
    boost::filesystem::remove(machine.outside("/lib/modules/6.1.0/card.ko"));
    const auto missing = machine.first();
    CHECK(missing.state == DeviceModuleState::missing_file);
    CHECK(missing.text ==
          machine.outside("/lib/modules/6.1.0/card.ko") + " does not exist");
}

TEST_CASE("report_device: an alias line can lead to no module") {
    Machine machine;
    machine.config("alias pci:v1 nosuch\n");
    const auto module = machine.first();
    CHECK(module.state == DeviceModuleState::unknown);
    CHECK(module.alias.line == 1);
}

TEST_CASE("report_device: finds the modules of other releases if this one has none") {
    Machine machine;
    machine.device("e", "pci:v7");
    CHECK(machine.status("e").other_releases.empty());
    machine.files().write(
        "lib/modules/6.9.0/modules.alias.bin",
        write_index(std::vector<IndexEntry>{{"pci:v7*", "new_card", 0}}).value());
    machine.files().write("lib/modules/6.8.0/modules.alias.bin", "damaged");
    const auto status = machine.status("e");
    CHECK(status.modules.empty());
    REQUIRE(status.other_releases.size() == 1);
    CHECK(status.other_releases.front().release == "6.9.0");
    CHECK(status.other_releases.front().module == "new_card");
    CHECK(machine.messages().lines().empty());
}

TEST_CASE("report_device: reports if an untrusted index matches too many modules") {
    Machine machine;
    std::vector<test::ModuleDirectory::Pair> pairs;
    for (int i = 0; i < 101; ++i) pairs.push_back({"pci:*", cat("m", i)});
    machine.index("modules.alias.bin", pairs);
    CHECK(machine.status().modules.size() == 100);
    CHECK(machine.messages().has("modules match pci:v1: only the first 100 are shown"));
}

TEST_CASE("report_device: shows the driver that user space has chosen") {
    Machine machine;
    machine.files().write("sys/devices/d/driver_override", "(null)\n");
    CHECK(machine.status().chosen_driver.empty());
    machine.files().write("sys/devices/d/driver_override", "vfio-pci\n");
    CHECK(machine.status().chosen_driver == "vfio-pci");
}

TEST_CASE("report_device: does not treat the modules of another kernel as loaded") {
    Machine machine;
    machine.is_own_tree = false;
    machine.kernel.loaded = {{.name = "card"}};
    const auto module = machine.first();
    CHECK(module.state == DeviceModuleState::loadable);
    CHECK(module.text == "not loaded");
}

TEST_CASE("report_devices: the scope selects devices without a driver") {
    Machine machine;
    machine.device("bound", "pci:v1");
    machine.link("../../bus/pci/drivers/cards", "sys/devices/bound/driver");
    machine.files().write("sys/devices/button/modalias", "input:x\n");
    machine.link("../../class/input", "sys/devices/button/subsystem");
    machine.files().write("sys/devices/button/name", "Power Button\n");
    const auto all = report_devices(machine.system(), DeviceScope::all);
    REQUIRE(all.has_value());
    REQUIRE(all->devices.size() == 3);
    CHECK(all->devices[1].name == "Power Button");
    const auto unbound = report_devices(machine.system(), DeviceScope::unbound);
    REQUIRE(unbound->devices.size() == 1);
    CHECK(unbound->devices[0].path == "/sys/devices/d");
}
