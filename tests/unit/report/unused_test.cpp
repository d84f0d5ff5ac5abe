// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of report/unused.hpp: loaded modules that are not in use.
#include "report/unused.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/text.hpp"
#include "support/fake_kernel.hpp"

using namespace kmodpp;

namespace {

std::string unused_modules(kernel::Kernel& kernel) {
    const auto found = find_unused_modules(kernel);
    if (!found) return found.error().message;
    std::string text;
    for (const UnusedModule& unused : *found) {
        text += cat(text.empty() ? "" : ", ", unused.module.name,
                    is_removable(unused) ? " removable" : "");
        for (const BoundDevice& device : unused.devices)
            text += cat(" ", device.device, "=", device.driver);
    }
    return text;
}

}  // namespace

TEST_CASE("find_unused_modules: finds modules without references and their devices") {
    test::FakeKernel kernel;
    kernel.loaded = {
        {.name = "free", .refcount = 0},
        {.name = "used", .refcount = 1},
        {.name = "held", .refcount = 0, .holders = {"used"}},
        {.name = "leaving", .refcount = 0, .state = InitState::going},
        {.name = "coming", .refcount = 0, .state = InitState::coming},
        {.name = "stay", .refcount = 0, .permanent = true},
        {.name = "uncounted"},
        {.name = "nic", .refcount = 0},
    };
    kernel.bound = {{"nic", "0000:00:03.0"}, {"used", "0000:00:04.0"}};
    CHECK(unused_modules(kernel) == "free removable, stay, nic 0000:00:03.0=driver");
}

TEST_CASE("find_unused_modules: reports a kernel that cannot remove modules") {
    test::FakeKernel kernel;
    CHECK(unused_modules(kernel).empty());
    kernel.loaded = {{.name = "a"}, {.name = "b"}};
    CHECK(unused_modules(kernel) ==
          "this kernel was built without CONFIG_MODULE_UNLOAD and cannot remove modules");
}
