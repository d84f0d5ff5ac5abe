// SPDX-License-Identifier: LGPL-2.1-or-later
// Reasons why loads of a plan would fail, found before they are tried.
#include "diagnose/foresight.hpp"

#include <doctest/doctest.h>
#include <elf.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "support/fake_kernel.hpp"
#include "support/module_directory.hpp"
#include "support/module_recipe.hpp"

using namespace kmodpp;
using kmodpp::test::FakeKernel;
using kmodpp::test::ModuleDirectory;

namespace {

constexpr std::string_view kLib =
    "info license=GPL\ninfo vermagic=6.1.0 SMP modversions\n"
    "need printk 11111111\nexport lib_call 33333333\n";
constexpr std::string_view kSound =
    "info license=GPL\ninfo vermagic=6.1.0 SMP modversions\ninfo parmtype=count:int\n"
    "need printk 11111111\nneed lib_call 33333333\n";

/// A kernel 6.1.0 on x86-64, and a plan that loads lib and then m.
class Machine {
public:
    Machine() {
        modules.dep({"m.ko: lib.ko", "lib.ko:"});
        modules.index("modules.symbols.bin", {{"symbol:lib_call", "lib"}});
        kernel.self = {.vermagic = "6.1.0 SMP modversions",
                       .machine = EM_X86_64,
                       .is_64 = true,
                       .order = std::endian::little};
        kernel.visible = {{"printk", {{}, 0x11111111, false}},
                          {"closed_call", {{}, 0x22222222, true}}};
        write("lib", kLib);
        write("m", kSound);
    }
    void write(std::string_view name, std::string_view recipe) const {
        modules.file(
            cat(name, ".ko"),
            test::build_module(test::parse_recipe(recipe, "recipe").value(), name));
    }
    void remove(std::string_view name) { ::unlink(path_of(name).c_str()); }
    [[nodiscard]] std::string path_of(std::string_view name) const {
        return modules.outside(cat(ModuleDirectory::kDirectory, "/", name, ".ko"));
    }
    std::vector<LoadForecast> foresee() {
        Goal goal;
        goal.module.name = "m";
        for (const char* const name : {"lib", "m"}) {
            Step& step = goal.steps.emplace_back();
            step.module = name;
            step.path =
                modules.outside(cat(ModuleDirectory::kDirectory, "/", name, ".ko"));
        }
        if (!with_lib) goal.steps.erase(goal.steps.begin());
        goal.steps.back().options = options;
        Catalog catalog = modules.catalog();
        return kmodpp::foresee(goal, flags,
                               {modules.root(), kernel, catalog, {}, is_other_kernel});
    }

    ModuleDirectory modules;
    FakeKernel kernel;
    std::string options;
    LoadFlags flags;
    bool with_lib = true;
    bool is_other_kernel = false;
};

std::string plus(std::string_view lines) { return cat(kSound, lines); }

}  // namespace

TEST_CASE("foresee: reports nothing if no check would fail") {
    Machine machine;
    CHECK(machine.foresee().empty());
    // No vermagic: a kernel may be configured to accept that.
    machine.write("m", "info license=GPL\n");
    CHECK(machine.foresee().empty());
    machine.kernel.rules.signatures_enforced = true;
    machine.is_other_kernel = true;
    CHECK(machine.foresee().empty());
    CHECK(machine.kernel.calls.empty());
}

TEST_CASE("foresee: makes every check of the kernel that depends on the file") {
    const struct {
        FailureCause cause;
        std::string_view text;  ///< part of the finding
        std::function<void(Machine&)> prepare;
    } rows[] = {
        {FailureCause::file_missing, "does not exist", [](Machine& m) { m.remove("m"); }},
        {FailureCause::not_elf, "not an ELF file",
         [](Machine& m) { m.modules.file("m.ko", "text"); }},
        {FailureCause::wrong_vermagic, "5.10.0",
         [](Machine& m) { m.write("m", "info vermagic=5.10.0 SMP\n"); }},
        {FailureCause::wrong_machine, "is a module for",
         [](Machine& m) { m.write("m", plus("machine s390x\n")); }},
        {FailureCause::unsigned_module, "not signed",
         [](Machine& m) { m.kernel.rules.signatures_enforced = true; }},
        {FailureCause::unsigned_module, "lockdown=integrity",
         [](Machine& m) { m.kernel.rules.lockdown = "integrity"; }},
        {FailureCause::modules_disabled, "modules_disabled",
         [](Machine& m) { m.kernel.rules.modules_disabled = true; }},
        {FailureCause::blacklisted, "module_blacklist",
         [](Machine& m) { m.kernel.boot_line = "module_blacklist=m,lib"; }},
        {FailureCause::unknown_symbol, "nobody_has",
         [](Machine& m) { m.write("m", plus("need nobody_has 1\n")); }},
        {FailureCause::gpl_only_symbol, "closed_call",
         [](Machine& m) {
             m.write("m",
                     "info license=Proprietary\ninfo vermagic=6.1.0 SMP modversions\n"
                     "need closed_call 22222222\n");
         }},
        {FailureCause::missing_dependency, "lib is not loaded",
         [](Machine& m) { m.with_lib = false; }},
        {FailureCause::wrong_symbol_version, "printk",
         [](Machine& m) {
             m.write("m",
                     "info license=GPL\ninfo vermagic=6.1.0 SMP modversions\n"
                     "need printk 99999999\n");
         }},
        {FailureCause::bad_parameter, "'x' is not a valid int",
         [](Machine& m) { m.options = "count=x"; }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        Machine machine;
        row.prepare(machine);
        const auto forecasts = machine.foresee();
        REQUIRE_FALSE(forecasts.empty());
        const auto& refusal = forecasts.back().refusal;
        REQUIRE(refusal.has_value());
        CHECK(refusal->findings.front().cause == row.cause);
        CHECK(refusal->findings.front().text.contains(row.text));
    }
}

TEST_CASE("foresee: for another kernel, only the file itself is checked") {
    Machine machine;
    machine.is_other_kernel = true;
    machine.kernel.visible.emplace();
    machine.kernel.self = {.vermagic = std::nullopt,
                           .machine = EM_S390,
                           .is_64 = std::nullopt,
                           .order = std::nullopt};
    CHECK(machine.foresee().empty());
    machine.write("m", "info vermagic=5.10.0 SMP\n");
    const auto forecasts = machine.foresee();
    REQUIRE(forecasts.size() == 1);
    CHECK(forecasts[0].refusal->findings.front().cause == FailureCause::wrong_vermagic);
}

TEST_CASE("foresee: reports unknown parameters, which do not prevent the load") {
    Machine machine;
    machine.options = "cuont=1";
    const auto forecasts = machine.foresee();
    REQUIRE(forecasts.size() == 1);
    CHECK_FALSE(forecasts[0].refusal.has_value());
    CHECK(forecasts[0].ignored_parameters.at(0).nearest == "count");
}
