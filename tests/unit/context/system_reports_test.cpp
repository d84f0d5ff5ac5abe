// SPDX-License-Identifier: LGPL-2.1-or-later
// The reports of the facade, over a simulated kernel.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "kmodpp/context.hpp"
#include "support/elf_builder.hpp"
#include "support/module_directory.hpp"

using namespace kmodpp;
using namespace std::string_literals;
using kmodpp::test::ElfBuilder;
using kmodpp::test::ModuleDirectory;

namespace {

/// A loaded module, "card", whose file declares two parameters.
class SystemMachine : public ModuleDirectory {
public:
    SystemMachine() {
        files().write("etc/kmodpp/kernel.conf", "release 6.1.0\n");
        files().write("proc/modules", "card 16384 0 - Live 0x0000000000000000\n");
        files().write("sys/module/card/initstate", "live\n");
        files().write("sys/module/card/parameters/power", "N\n");
        files().write("sys/module/card/parameters/of_driver", "7\n");
        dep({"card.ko:"});
        index("modules.alias.bin", {{"pci:*", "card"}});
        file("card.ko", ElfBuilder()
                            .text(64)
                            .info("name", "card")
                            .info("parm", "power:save power")
                            .info("parmtype", "power:bool")
                            .info("parmtype", "mode:int")
                            .this_module("card")
                            .build());
    }

    Context context(const std::string& options, std::optional<std::string> release = {}) {
        files().write("etc/modprobe.d/card.conf", options);
        auto made = Context::create(
            {.simulate = files().string(), .release = std::move(release)}, messages());
        REQUIRE(made.has_value());
        return *std::move(made);
    }
};

const ParameterStatus& named(const ModuleParameters& module, std::string_view name) {
    for (const ParameterStatus& row : module.parameters)
        if (row.name == name) return row;
    FAIL("no parameter ", std::string(name));
    return module.parameters.front();
}

}  // namespace

TEST_CASE("Context::parameters: compares the running value with the last line") {
    SystemMachine machine;
    const Context context =
        machine.context("options card power=0\n\noptions card power=yes mode=0x10\n");
    const auto modules = context.parameters("pci:v1");
    REQUIRE(modules.has_value());
    REQUIRE(modules->size() == 1);
    const ModuleParameters& card = modules->front();
    CHECK(card.state == InitState::live);
    const ParameterStatus& power = named(card, "power");
    CHECK(power.description == "save power");
    CHECK(power.value == "N");
    CHECK(power.requested->value == "yes");
    CHECK(power.requested->origin.describe() ==
          machine.outside("/etc/modprobe.d/card.conf") + " line 3");
    CHECK(power.agreement == Agreement::different);
    CHECK(power.note.contains("reload the module or reboot"));
    CHECK(power.writable());
    // The kernel has no file for this one.
    CHECK(named(card, "mode").agreement == Agreement::not_compared);
    CHECK(named(card, "mode").mode == 0);
    // The module file does not declare this one.
    CHECK(named(card, "of_driver").value == "7");
    CHECK(named(card, "of_driver").type.empty());
}

TEST_CASE("Context::parameters: shows no running values of another release") {
    SystemMachine machine;
    const Context context = machine.context("", "6.9.0");
    const auto modules = context.loaded_parameters();
    REQUIRE(modules.has_value());
    CHECK(modules->empty());
    CHECK(context.parameters("card").error().kind == ErrorKind::not_found);
}

TEST_CASE("Context::parameters: reports values without effect") {
    SystemMachine machine;
    const Context context = machine.context("options card powr=1\n");
    const auto modules = context.loaded_parameters();
    REQUIRE(modules->size() == 1);
    REQUIRE(modules->front().problems.size() == 1);
    CHECK(modules->front().problems.front().nearest == "power");
    CHECK(modules->front().problems.front().origin.line == 1);
}

TEST_CASE("Context::parameters: a module file that cannot be read is not a failure") {
    SystemMachine machine;
    machine.file("card.ko", "no module");
    const Context context = machine.context("options card power=1\n");
    const auto modules = context.parameters("card");
    REQUIRE(modules.has_value());
    CHECK(modules->front().file_fault.contains("card.ko"));
    CHECK(named(modules->front(), "power").value == "N");
    CHECK(named(modules->front(), "power").agreement == Agreement::unknown);
}
