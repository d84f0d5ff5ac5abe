// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// What is asked of the library: plain data, from which plans are made and carried out.
#pragma once

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

/// What is to be loaded. Plain data.
struct InsertRequest {
    std::string name = {};  ///< module, alias, "symbol:…", or a path ("/…", "./…")
    std::string parameters = {};  ///< "a=1 b=2", behind those of the configuration
    bool ignore_loaded = false;   ///< plan as if nothing were loaded
    /// Neither install command nor softdeps of the named module.
    bool ignore_commands = false;
    bool use_blacklist = false;  ///< for the module's own name too, not only for aliases
    bool ignore_blacklist = false;  ///< nor for what an alias names
    bool first_time = false;        ///< loaded already: conflict (EEXIST)
    bool never_path = false;        ///< a name, even if it looks like a path
    /// The plan is only shown. What the running kernel holds then counts only if the
    /// modules are those of the running kernel, not those of another root or release.
    bool plan_only = false;
};

/// What is to be removed. Plain data.
struct RemoveRequest {
    std::string name = {};         ///< module, alias or path
    bool ignore_commands = false;  ///< neither remove commands nor softdeps
    bool remove_holders = false;   ///< whoever uses the module goes first, recursively
    bool first_time = false;       ///< not loaded: not_found
    bool wait = false;             ///< plan even if it is in use: it may be released
};

/// The variable that tells commands of each other: "install:NAME remove:NAME".
inline constexpr const char* kRunningCommands = "KMODPP_RUNNING_COMMANDS";

/// How a goal is carried out. Callbacks come from the thread that called and must not
/// throw.
struct ExecuteOptions {
    bool dry_run = false;  ///< observe every step, do none
    /// The named module found loaded by someone else is a failure.
    bool first_time = false;
    LoadFlags load = {};        ///< of every load of the goal
    bool force_unload = false;  ///< O_TRUNC of delete_module(2): taints the kernel
    /// How long a module in use is waited for before its removal fails.
    unsigned wait_milliseconds = 0;
    /// Load nothing that does not verify, whatever the kernel's policy: denied
    /// (EKEYREJECTED, or EBADMSG for a damaged signature, as of a kernel that enforces).
    bool require_signature = false;
    /// Set for install and remove commands, beside MODPROBE_MODULE.
    std::vector<std::pair<std::string, std::string>> environment = {};
    /// What kRunningCommands was in the environment: the commands that this process is
    /// part of. One of them that would run again is a failure instead of a loop.
    std::string running_commands = {};
    /// Called before each step that does something.
    std::function<void(const Step&)> observe = {};
    /// Runs the command of a step instead of /bin/sh; what it returns is the step's end.
    std::function<Status(const Step&)> run_command = {};
    /// Makes the goal anew after a load that failed because another process had removed
    /// what the module needs; a few times at most. Without it the first failure counts.
    /// Not called by Context::execute_all.
    std::function<Result<Goal>()> plan_again = {};
    /// Called for each parameter of a load that will not do what was meant, before the
    /// load. Without it nothing is checked.
    std::function<void(const ParameterProblem&)> parameter_problem = {};
    /// Called for each step that failed although the goal goes on without it: a soft
    /// dependency, or its command.
    std::function<void(const Step&, const Error&)> passed_over = {};
    /// Keep the place in the kernel's log, so that Context::diagnose can read on there.
    bool keep_kernel_log = false;
};

/// The step that ended a goal, and what its kernel or command answered (errno in
/// Error::code).
struct StepFailure {
    Step step = {};    ///< a copy
    Error error = {};  ///< what was answered
    /// The library refused the module (ExecuteOptions::require_signature) before the
    /// kernel was asked.
    bool lacks_signature = false;
    /// What the kernel has logged since the first load of the goal; nothing where it
    /// cannot be read, or without ExecuteOptions::keep_kernel_log.
    std::optional<std::vector<std::string>> kernel_log = {};
};

}  // namespace kmodpp
