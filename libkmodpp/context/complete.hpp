// SPDX-License-Identifier: LGPL-2.1-or-later
// What libkmodpp-load calls in libkmodpp. libkmodpp-load only contains what loads
// modules, so that an initramfs is small; it opens libkmodpp when it needs one of these
// functions.
#pragma once

#include <memory>
#include <vector>

#include "context/parts.hpp"
#include "io/module_file.hpp"
#include "kernel/kallsyms.hpp"
#include "kernel/kernel.hpp"
#include "kernel/module_uses.hpp"
#include "trust/tree_check.hpp"

namespace kmodpp {

struct Complete {
    /// The first member in every version, so that other versions can be detected.
    const char* version;
    decltype(&kernel::make_simulated_kernel) make_simulated_kernel;
    decltype(&kernel::read_uses) read_uses;
    decltype(&kernel::read_bound_devices) read_bound_devices;
    decltype(&kernel::read_kallsyms) read_kallsyms;
    std::vector<ParameterProblem> (*check_parameters)(const Step&, io::ModuleFile&);
    decltype(&trust::check_tree) check_tree;
    decltype(&Context::Parts::signature_gate) signature_gate;
    decltype(&Context::diagnose) diagnose;
    decltype(&Context::explain_missing) explain_missing;
    decltype(&Context::unused_modules) unused_modules;
    decltype(&Context::check_builtin_parameters) check_builtin_parameters;
};

}  // namespace kmodpp

/// Exported by libkmodpp. Never null.
extern "C" KMODPP_API const kmodpp::Complete* kmodpp_complete();
