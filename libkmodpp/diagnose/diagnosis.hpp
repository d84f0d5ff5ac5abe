// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds out why a step of a plan failed, from the kernel's log, the module file and the
// state of the machine.
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
    const io::Root& root;  ///< that contains the module files
    kernel::Kernel& kernel;
    Catalog& catalog;
    /// Returns the certificates that the kernel trusts. If it is empty or returns null,
    /// signatures are not verified.
    std::function<const trust::TrustStore*()> certificates = {};
    /// True if the modules are not for the running kernel: another release, or the root
    /// of an image.
    bool is_other_kernel = false;
    /// True if the modules may be of another release, as those in weak-updates: their
    /// symbol versions decide.
    bool are_of_other_releases = false;
};

/// Only reads; changes no state.
/// \param flags the flags of the load that failed
[[nodiscard]] Diagnosis diagnose(const StepFailure& failure, LoadFlags flags,
                                 const DiagnosisSources& sources);

}  // namespace kmodpp
