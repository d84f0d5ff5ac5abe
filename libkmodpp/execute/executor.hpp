// SPDX-License-Identifier: LGPL-2.1-or-later
// Carries a plan out on a kernel.
#pragma once

#include <expected>
#include <functional>
#include <span>

#include "io/root.hpp"
#include "kernel/kernel.hpp"
#include "kmodpp/plan.hpp"
#include "kmodpp/request.hpp"

namespace kmodpp {

/// Carries the steps of a goal out, in order. A failure of a step that is not required is
/// passed over. What someone else was faster with counts as done, unless
/// options.first_time: EEXIST of a load, and an unload of what is gone by then. A module
/// on its way out is waited for.
/// \param root where the module files lie
[[nodiscard]] std::expected<void, StepFailure> execute(const Goal& goal,
                                                       const io::Root& root,
                                                       kernel::Kernel& kernel,
                                                       const ExecuteOptions& options);

/// Whether a load failed for want of a symbol, and something that the goal had before it
/// is not loaded: another process has removed it since it was planned.
[[nodiscard]] bool is_outdated(const Goal& goal, const StepFailure& failure,
                               kernel::Kernel& kernel);

/// Called for each goal in their order, from the calling thread.
using GoalFinished =
    std::function<void(const Goal& goal, const std::expected<void, StepFailure>& result)>;

/// Carries goals out as execute() would one after the other, independent ones at the same
/// time: the same modules are loaded in the end, and options.observe and \p finished are
/// called in the same order with the same steps and failures, though later. A goal with
/// commands has the machine for itself.
/// \param jobs goals at the same time
void execute_all(std::span<const Goal> goals, const io::Root& root,
                 kernel::Kernel& kernel, const ExecuteOptions& options, unsigned jobs,
                 const GoalFinished& finished);

}  // namespace kmodpp
