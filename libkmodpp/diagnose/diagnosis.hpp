// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds out why a step failed, from what the kernel said, the file and the machine.
#pragma once

#include <functional>

#include "catalog/catalog.hpp"
#include "io/root.hpp"
#include "kernel/kernel.hpp"
#include "kmodpp/diagnosis.hpp"
#include "kmodpp/request.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp {

/// Where a diagnosis looks. All of it must outlive the call.
struct DiagnosisSources {
    const io::Root& root;  ///< of the module files
    kernel::Kernel& kernel;
    Catalog& catalog;
    /// The certificates that the kernel trusts, found when they are needed; empty, or
    /// null when there are none to be had: signatures are not verified.
    std::function<const trust::TrustStore*()> certificates = {};
    /// The modules are for another kernel than the one that runs: of another release, or
    /// in a root of their own.
    bool is_other_kernel = false;
};

/// Reads, changes nothing. \param flags those of the load that failed
[[nodiscard]] Diagnosis diagnose(const StepFailure& failure, LoadFlags flags,
                                 const DiagnosisSources& sources);

}  // namespace kmodpp
