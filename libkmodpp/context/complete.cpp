// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions that libkmodpp-load calls.
#include "context/complete.hpp"

#include "catalog/parameter_check.hpp"

static constexpr kmodpp::Complete kFunctions = {
    KMODPP_VERSION,
    &kmodpp::kernel::make_simulated_kernel,
    &kmodpp::kernel::read_uses,
    &kmodpp::kernel::read_bound_devices,
    &kmodpp::kernel::read_kallsyms,
    &kmodpp::check_parameters,
    &kmodpp::trust::check_tree,
    &kmodpp::Context::Parts::signature_gate,
    &kmodpp::Context::diagnose,
    &kmodpp::Context::explain_missing,
    &kmodpp::Context::unused_modules,
    &kmodpp::Context::check_builtin_parameters,
};

const kmodpp::Complete* kmodpp_complete() { return &kFunctions; }
