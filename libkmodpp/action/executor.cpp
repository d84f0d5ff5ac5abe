// SPDX-License-Identifier: LGPL-2.1-or-later
#include "action/executor.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "base/text.hpp"
#include "io/module_file.hpp"
#include "io/process.hpp"

namespace kmodpp {

namespace {

Status insert(const Step& step, const io::Root& root, kernel::Kernel& kernel,
              const ExecuteOptions& options) {
    // A file named by its path need not lie beneath the root of the module directory.
    TRY_ASSIGN(const io::Root host, io::Root::open("/"));
    const auto inside = root.inside(step.path);
    TRY_ASSIGN(auto file, inside ? io::ModuleFile::open(root, *inside)
                                 : io::ModuleFile::open(host, step.path));
    return kernel.load(file, step.options,
                       {.ignore_modversions = options.load.ignore_modversions,
                        .ignore_vermagic = options.load.ignore_vermagic});
}

/// Retries while the module is busy, with pauses that grow from one millisecond.
Status remove(const Step& step, kernel::Kernel& kernel, const ExecuteOptions& options) {
    using Clock = std::chrono::steady_clock;
    using std::chrono::milliseconds;
    const auto deadline = Clock::now() + milliseconds(options.wait_milliseconds);
    for (milliseconds pause{1};; pause *= 2) {
        Status done = kernel.unload(step.module, {.force = options.force_unload});
        const auto left =
            std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
        if (done || done.error().kind != ErrorKind::busy || left.count() <= 0)
            return done;
        std::this_thread::sleep_for(std::min(pause, left));
    }
}

/// The commands that run already and this one; an error when it is among them.
Result<std::string> with_running(const Step& step, const std::string& running) {
    const std::string_view verb =
        step.action == Step::Action::run_install ? "install" : "remove";
    std::string name = cat(verb, ":", step.module);
    const auto others = split_words(running);
    if (std::ranges::find(others, name) != others.end())
        return fail(ErrorKind::conflict,
                    cat("the ", verb, " command of ", step.module,
                        " runs itself; --ignore-", verb, " in it ends the loop"));
    return running.empty() ? name : cat(running, " ", name);
}

Status run(const Step& step, const ExecuteOptions& options) {
    TRY_ASSIGN(std::string running, with_running(step, options.running_commands));
    constexpr std::string_view kOptions = "$CMDLINE_OPTS";
    std::string command = step.command;
    for (std::size_t at = 0; (at = command.find(kOptions, at)) != std::string::npos;
         at += step.options.size())
        command.replace(at, kOptions.size(), step.options);

    auto environment = options.environment;
    environment.emplace_back("MODPROBE_MODULE", step.module);
    environment.emplace_back(kRunningCommands, std::move(running));
    TRY_ASSIGN(const int status, io::run_shell(command, environment));
    if (status != 0)
        return fail(ErrorKind::io,
                    cat("command '", command, "' exited with status ", status), EINVAL);
    return {};
}

Status perform(const Step& step, const io::Root& root, kernel::Kernel& kernel,
               const ExecuteOptions& options) {
    switch (step.action) {
        case Step::Action::insert: return insert(step, root, kernel, options);
        case Step::Action::remove: return remove(step, kernel, options);
        case Step::Action::run_install:
        case Step::Action::run_remove: return run(step, options);
        case Step::Action::builtin:
        case Step::Action::already_loaded: break;
    }
    return {};
}

bool does_nothing(Step::Action action) { return action == Step::Action::already_loaded; }

/// Whether another goal, or a command, has loaded the module since this was planned.
bool is_loaded_by_now(const Step& step, kernel::Kernel& kernel) {
    return step.action == Step::Action::insert &&
           kernel.state(step.module) == InitState::live;
}

}  // namespace

std::expected<void, StepFailure> execute(const Goal& goal, const io::Root& root,
                                         kernel::Kernel& kernel,
                                         const ExecuteOptions& options) {
    for (const Step& step : goal.steps) {
        if (does_nothing(step.action)) continue;
        const bool must_be_first = options.first_time && step.module == goal.module;
        if (!options.dry_run && !must_be_first && is_loaded_by_now(step, kernel))
            continue;
        if (options.observe) options.observe(step);
        if (options.dry_run) continue;
        Status done = perform(step, root, kernel, options);
        if (done || !step.required) continue;
        const bool lost_race =
            step.action == Step::Action::insert && done.error().code == EEXIST;
        if (lost_race && !must_be_first) continue;
        return std::unexpected(StepFailure{step, std::move(done).error()});
    }
    return {};
}

}  // namespace kmodpp
