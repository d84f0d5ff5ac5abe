// SPDX-License-Identifier: LGPL-2.1-or-later
// Executes the goals of a plan on a kernel.
#pragma once

#include <expected>
#include <functional>
#include <span>

#include "io/module_file.hpp"
#include "io/root.hpp"
#include "kernel/kernel.hpp"
#include "kmodpp/plan.hpp"
#include "kmodpp/request.hpp"

namespace kmodpp {

/// Returns an error for a module that must not be loaded.
using SignatureGate = std::function<Status(io::ModuleFile&)>;

/// The environment in which goals are executed. Borrows everything.
struct Target {
    const io::Root& root;    ///< contains the module files
    kernel::Kernel& kernel;  ///< loads and removes modules
    /// Called before each load, if set: its error refuses the module before the kernel is
    /// asked. A hook, so that libkmodpp-load does not contain the check.
    SignatureGate require_signature = {};
};

/// Executes the steps of a goal in order. The failure of a step that is not required is
/// ignored. Unless options.first_time is set, a step that another process has already
/// done counts as successful: a load that fails with EEXIST, or the removal of a module
/// that is gone. Waits for modules that are being removed. If another process has
/// removed a dependency, the goal is planned again with options.plan_again.
[[nodiscard]] std::expected<void, StepFailure> execute(const Goal& goal,
                                                       const Target& target,
                                                       const ExecuteOptions& options);

/// Called for each goal in order, from the calling thread.
using GoalFinished =
    std::function<void(const Goal& goal, const std::expected<void, StepFailure>& result)>;

/// Has the same result as calling execute() for each goal, but executes independent
/// goals in parallel. options.observe and \p finished are called in the same order with
/// the same steps and failures, but possibly later. A goal with commands is executed
/// alone.
/// \param jobs maximum number of goals that are executed at the same time
void execute_all(std::span<const Goal> goals, const Target& target,
                 const ExecuteOptions& options, unsigned jobs,
                 const GoalFinished& finished);

}  // namespace kmodpp
