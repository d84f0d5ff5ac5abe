// SPDX-License-Identifier: LGPL-2.1-or-later
// Carries a plan out on a kernel.
#pragma once

#include <expected>

#include "io/root.hpp"
#include "kernel/kernel.hpp"
#include "kmodpp/plan.hpp"
#include "kmodpp/request.hpp"

namespace kmodpp {

/// Carries the steps of a goal out, in order. A failure of a step that is not required is
/// passed over; EEXIST of a load means that someone else was faster, and counts as
/// loaded. \param root where the module files lie
[[nodiscard]] std::expected<void, StepFailure> execute(const Goal& goal,
                                                       const io::Root& root,
                                                       kernel::Kernel& kernel,
                                                       const ExecuteOptions& options);

}  // namespace kmodpp
