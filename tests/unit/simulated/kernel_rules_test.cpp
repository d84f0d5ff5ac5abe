// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of simulated/kernel_rules.hpp.
#include "simulated/kernel_rules.hpp"

#include <doctest/doctest.h>

#include "simulated_root.hpp"

using namespace kmodpp;
using kernel::Lockdown;
using kernel::SignatureRule;

TEST_CASE("KernelRules: accept a setting as a kernel shows it and as it is written") {
    const struct {
        std::string_view path, text;
        SignatureRule signatures;
        Lockdown lockdown;
    } cases[] = {
        {"sys/module/module/parameters/sig_enforce", "Y\n", SignatureRule::enforced,
         Lockdown::none},
        {"sys/module/module/parameters/sig_enforce", "1\n", SignatureRule::enforced,
         Lockdown::none},
        {"sys/module/module/parameters/sig_enforce", "0\n", SignatureRule::permissive,
         Lockdown::none},
        {"sys/kernel/security/lockdown", "none [integrity] confidentiality\n",
         SignatureRule::permissive, Lockdown::integrity},
        {"sys/kernel/security/lockdown", "confidentiality\n", SignatureRule::permissive,
         Lockdown::confidentiality},
        {"sys/kernel/security/lockdown", "nonsense\n", SignatureRule::permissive,
         Lockdown::none},
    };
    for (const auto& row : cases) {
        CAPTURE(row.path);
        CAPTURE(row.text);
        const test::SimulatedRoot root;
        root.directory().write(row.path, row.text);
        kernel::KernelDescription description;
        description.signatures = SignatureRule::permissive;
        const auto rules = kernel::read_rules(root.root(), description, "");
        CHECK(rules.signatures == row.signatures);
        CHECK(rules.lockdown == row.lockdown);
    }
}

TEST_CASE("SimulatedKernel: derives class and byte order from the machine") {
    const struct {
        std::string_view description;
        std::optional<bool> is_64;
    } cases[] = {{"machine 62\n", true}, {"machine 3\n", false}, {"machine 21\n", {}}};
    for (const auto& row : cases) {
        CAPTURE(row.description);
        test::SimulatedRoot root(row.description);
        const kernel::KernelIdentity identity = root.kernel().identity();
        CHECK(identity.is_64 == row.is_64);
        CHECK(identity.order.has_value() == row.is_64.has_value());
    }
}
