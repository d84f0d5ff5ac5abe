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
#include "trust/trust_store.hpp"

namespace kmodpp {

/// What goals are carried out on. Borrows everything.
struct Target {
    const io::Root& root;    ///< where the module files lie
    kernel::Kernel& kernel;  ///< what loads and removes them
    /// Not null: only modules with a valid signature by one of these are loaded.
    const trust::TrustStore* required_signers = nullptr;
};

/// Carries the steps of a goal out, in order. A failure of a step that is not required is
/// passed over. What someone else was faster with counts as done, unless
/// options.first_time: EEXIST of a load, and an unload of what is gone by then. A module
/// on its way out is waited for. When another process has removed what the goal needs,
/// options.plan_again makes it anew.
[[nodiscard]] std::expected<void, StepFailure> execute(const Goal& goal,
                                                       const Target& target,
                                                       const ExecuteOptions& options);

/// Called for each goal in their order, from the calling thread.
using GoalFinished =
    std::function<void(const Goal& goal, const std::expected<void, StepFailure>& result)>;

/// Carries goals out as execute() would one after the other, independent ones at the same
/// time: the same modules are loaded in the end, and options.observe and \p finished are
/// called in the same order with the same steps and failures, though later. A goal with
/// commands has the machine for itself.
/// \param jobs goals at the same time
void execute_all(std::span<const Goal> goals, const Target& target,
                 const ExecuteOptions& options, unsigned jobs,
                 const GoalFinished& finished);

}  // namespace kmodpp
