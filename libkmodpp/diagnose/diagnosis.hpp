// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds out why a step failed: from the kernel's log, the file and the machine.
#pragma once

#include <functional>

#include "catalog/catalog.hpp"
#include "io/root.hpp"
#include "kernel/kernel.hpp"
#include "kmodpp/diagnosis.hpp"
#include "kmodpp/request.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp {

/// What a diagnosis reads. All of it must outlive the call.
struct DiagnosisSources {
    const io::Root& root;  ///< of the module files
    kernel::Kernel& kernel;
    Catalog& catalog;
    /// Returns the certificates that the kernel trusts. If it is empty or returns null,
    /// signatures are not verified.
    std::function<const trust::TrustStore*()> certificates = {};
    /// The modules are for another kernel than the one that runs: of another release, or
    /// in a root of their own.
    bool is_other_kernel = false;
};

/// Changes nothing. \param flags those of the load that failed
[[nodiscard]] Diagnosis diagnose(const StepFailure& failure, LoadFlags flags,
                                 const DiagnosisSources& sources);

}  // namespace kmodpp
