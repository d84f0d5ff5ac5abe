// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Requests and options for making and executing plans. Plain data.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <kmodpp/diagnosis.hpp>
#include <kmodpp/load_flags.hpp>
#include <kmodpp/plan.hpp>
#include <kmodpp/result.hpp>

namespace kmodpp {

/// A request to load a module. Plain data.
struct InsertRequest {
    std::string name = {};  ///< module, alias, "symbol:…", or a path ("/…", "./…")
    std::string parameters = {};  ///< "a=1 b=2", appended to those in the configuration
    bool ignore_loaded = false;   ///< plan as if no modules were loaded
    /// Ignore the install command and the soft dependencies of the named module.
    bool ignore_commands = false;
    bool use_blacklist = false;     ///< apply the blacklist to module names, too
    bool ignore_blacklist = false;  ///< do not apply the blacklist to aliases either
    bool ignore_forbid = false;     ///< ignore all forbid lines
    /// Ignore the forbid lines for these modules; any spelling.
    std::vector<std::string> allowed = {};
    bool first_time = false;  ///< fail if already loaded: conflict (EEXIST)
    bool never_path = false;  ///< treat the name as a name even if it looks like a path
    /// One goal for each alias pattern that matches, as kmod shows them, instead of one
    /// for each module.
    bool each_match = false;
    /// The plan will not be executed. Loaded modules are then only considered if the
    /// modules are those of the running kernel, not of another root or release.
    bool plan_only = false;
};

/// A request to remove a module. Plain data.
struct RemoveRequest {
    std::string name = {};         ///< module, alias or path
    bool ignore_commands = false;  ///< ignore remove commands and soft dependencies
    bool remove_holders = false;   ///< first remove the modules that use it, recursively
    bool first_time = false;       ///< fail if it is not loaded: not_found
    bool wait = false;  ///< plan even if it is in use, because it may be released
};

/// The environment variable with the install and remove commands that are being run:
/// "install:NAME remove:NAME".
inline constexpr const char* kRunningCommands = "KMODPP_RUNNING_COMMANDS";

/// Options for executing a goal. Callbacks are called from the calling thread and must
/// not throw.
struct ExecuteOptions {
    bool dry_run = false;  ///< call `observe` for every step, execute none
    /// Fail if another process has loaded the named module since it was planned.
    bool first_time = false;
    LoadFlags load = {};        ///< for every load of the goal
    bool force_unload = false;  ///< O_TRUNC for delete_module(2): taints the kernel
    /// How long to wait for a module that is in use before its removal fails; a year at
    /// most. Measured by a clock that is never set.
    std::chrono::milliseconds wait{0};
    /// Refuse modules without a valid signature, regardless of the kernel's policy. The
    /// error is denied, with EKEYREJECTED, or EBADMSG for a damaged signature, as from
    /// a kernel that enforces signatures.
    bool require_signature = false;
    /// Variables to set for install and remove commands, in addition to
    /// MODPROBE_MODULE.
    std::vector<std::pair<std::string, std::string>> environment = {};
    /// The value of kRunningCommands in the environment: the commands that this process
    /// was started by. Running one of them again is an error, to prevent an endless
    /// loop.
    std::string running_commands = {};
    /// Called before each step that has an effect.
    std::function<void(const Step&)> observe = {};
    /// Runs the command of a step instead of /bin/sh. Returns the result of the step.
    std::function<Status(const Step&)> run_command = {};
    /// Plans the goal again if a load failed because another process had removed a
    /// dependency; called a few times at most. If empty, the first failure is final.
    /// Not called by Context::execute_all.
    std::function<Result<Goal>()> plan_again = {};
    /// Called before a load for each of its parameters that has a problem. If empty,
    /// parameters are not checked.
    std::function<void(const ParameterProblem&)> parameter_problem = {};
    /// Called for each step that failed without ending the goal: a soft
    /// dependency, or its command.
    std::function<void(const Step&, const Error&)> passed_over = {};
    /// Record what the kernel logs during the loads, for Context::diagnose.
    bool keep_kernel_log = false;
};

/// The step that failed, and the error of the kernel or the command. Plain data.
struct StepFailure {
    Step step = {};    ///< a copy
    Error error = {};  ///< the errno is in Error::code
    /// The library refused the module because of ExecuteOptions::require_signature; the
    /// kernel was not called.
    bool lacks_signature = false;
    /// What the kernel has logged since the first load of the goal. nullopt: the log
    /// cannot be read, or ExecuteOptions::keep_kernel_log was not set.
    std::optional<std::vector<std::string>> kernel_log = {};

    /// For callers that treat this failure like that of any other call:
    /// `Status done = context.execute(goal, {});`
    operator const Error&() const { return error; }
};

}  // namespace kmodpp
