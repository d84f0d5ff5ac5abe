// SPDX-License-Identifier: LGPL-2.1-or-later
// Why a name was not found, and the advice for each reason.
#include "diagnose/missing_module.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "support/fake_kernel.hpp"
#include "support/module_directory.hpp"

using namespace kmodpp;
using kmodpp::test::FakeKernel;
using kmodpp::test::ModuleDirectory;

namespace {

struct Case {
    std::string_view name;    ///< of the case
    std::string_view module;  ///< name that was requested
    std::function<void(const ModuleDirectory&)> prepare;
    FailureCause cause;
    std::string_view text, advice;  ///< @ is replaced by the root
};

void has_modules(const ModuleDirectory& modules) {
    modules.dep({"kernel/evdev.ko:"});
    modules.file("kernel/evdev.ko", "");
}

std::string with_root(std::string_view text, const std::string& root) {
    std::string out;
    for (const char letter : text) out += letter == '@' ? root : std::string(1, letter);
    return out;
}

}  // namespace

TEST_CASE("explain_missing: names what is missing, and the command that helps") {
    const Case cases[] = {
        {"no module directory at all", "evdev", [](const ModuleDirectory&) {},
         FailureCause::no_module_directory,
         "@/lib/modules/6.1.0 does not exist: no modules are installed",
         "install the modules of this kernel; a container or a kernel with everything "
         "built in has none"},
        {"other releases", "evdev",
         [](const ModuleDirectory& modules) {
             modules.files().write("lib/modules/6.1.1/modules.dep", "");
             modules.files().write("lib/modules/6.1.2/modules.dep", "");
         },
         FailureCause::no_module_directory,
         "@/lib/modules/6.1.0 does not exist: the installed releases are 6.1.1 and 6.1.2",
         "the running kernel was probably upgraded or removed: reboot, or reinstall its "
         "modules"},
        {"no databases", "evdev",
         [](const ModuleDirectory& modules) { modules.file("kernel/evdev.ko", ""); },
         FailureCause::not_indexed, "@/lib/modules/6.1.0/modules.dep.bin does not exist",
         "run 'depmod -b @ 6.1.0' to create it"},
        {"a file that was added after depmod", "new-driver",
         [](const ModuleDirectory& modules) {
             has_modules(modules);
             modules.file("extra/new_driver.ko.xz", "");
         },
         FailureCause::not_indexed,
         "@/lib/modules/6.1.0/extra/new_driver.ko.xz exists but is not in modules.dep",
         "run 'depmod -b @ 6.1.0' to add it to the databases"},
        {"a misspelt name", "evdve", has_modules, FailureCause::no_such_module,
         "the nearest name is 'evdev'", ""},
    };
    for (const Case& c : cases) {
        CAPTURE(c.name);
        ModuleDirectory modules;
        c.prepare(modules);
        FakeKernel kernel;
        Catalog catalog = modules.catalog();
        const auto findings = explain_missing(c.module, catalog, kernel);
        REQUIRE(findings.size() == 1);
        const std::string root = modules.files().string();
        CHECK(findings[0].cause == c.cause);
        CHECK(findings[0].text == with_root(c.text, root));
        CHECK(findings[0].advice == with_root(c.advice, root));
    }
}

TEST_CASE("explain_missing: adds nothing about an alias or an invalid name") {
    ModuleDirectory modules;
    has_modules(modules);
    FakeKernel kernel;
    Catalog catalog = modules.catalog();
    for (const std::string_view name :
         {"pci:v00001234d00005678", "", "../evdev", "quite_another_name"}) {
        CAPTURE(name);
        CHECK(explain_missing(name, catalog, kernel).empty());
    }
}
