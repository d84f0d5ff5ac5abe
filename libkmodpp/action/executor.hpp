// SPDX-License-Identifier: LGPL-2.1-or-later
// Carries a plan out on a kernel.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "io/root.hpp"
#include "kernel/kernel.hpp"
#include "kmodpp/plan.hpp"

namespace kmodpp {

struct ExecuteOptions {
    bool dry_run = false;  ///< observe every step, do none
    bool first_time =
        false;  ///< the named module found loaded by someone else is a failure
    kernel::LoadFlags load;
    kernel::UnloadFlags unload;
    /// How long a module in use is waited for before its removal fails.
    unsigned wait_milliseconds = 0;
    /// Set for install and remove commands, beside MODPROBE_MODULE.
    std::vector<std::pair<std::string, std::string>> environment;
    /// Called before each step that does something.
    std::function<void(const Step&)> observe;
};

/// The step that ended a goal, and what its kernel or command answered.
struct StepFailure {
    Step step;
    Error error;
};

/// Carries the steps of a goal out, in order. A failure of a step that is not required is
/// passed over; EEXIST of a load means that someone else was faster, and counts as
/// loaded. \param root where the module files lie
[[nodiscard]] std::expected<void, StepFailure> execute(const Goal& goal,
                                                       const io::Root& root,
                                                       kernel::Kernel& kernel,
                                                       const ExecuteOptions& options);

}  // namespace kmodpp
