// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds out why a step failed, from what the kernel said, the file and the machine.
#pragma once

#include "catalog/catalog.hpp"
#include "io/root.hpp"
#include "kernel/kernel.hpp"
#include "kmodpp/diagnosis.hpp"
#include "kmodpp/request.hpp"

namespace kmodpp {

/// Where a diagnosis looks. All of it must outlive the call.
struct DiagnosisSources {
    const io::Root& root;  ///< of the module files
    kernel::Kernel& kernel;
    Catalog& catalog;
};

/// Reads, changes nothing. \param flags those of the load that failed
[[nodiscard]] Diagnosis diagnose(const StepFailure& failure, LoadFlags flags,
                                 const DiagnosisSources& sources);

}  // namespace kmodpp
