// SPDX-License-Identifier: LGPL-2.1-or-later
#include "execute/executor.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "base/text.hpp"
#include "catalog/parameter_check.hpp"
#include "execute/command.hpp"
#include "execute/module_gate.hpp"
#include "io/module_file.hpp"
#include "io/parallel.hpp"
#include "io/process.hpp"
#include "plan/step_file.hpp"

namespace kmodpp {

namespace {

/// Receives events for each step of a goal. For a step that is already done, only
/// before() and after() are called.
class StepWatcher {
public:
    virtual ~StepWatcher() = default;
    virtual void before(const Step&) {}
    virtual void problem(const ParameterProblem&) {}
    virtual void performing(const Step&) {}
    virtual void after(const Step&, const Status& done) { static_cast<void>(done); }
};

void check_options(const Step& step, io::ModuleFile& file, const ExecuteOptions& options,
                   StepWatcher& watcher) {
    if (!options.parameter_problem || step.options.empty()) return;
    for (const ParameterProblem& problem : check_parameters(step, file))
        watcher.problem(problem);
}

/// Checks the parameters of a load in a dry run. An unreadable file is ignored, because
/// nothing is loaded.
void preview(const Step& step, const io::Root& root, const ExecuteOptions& options,
             StepWatcher& watcher) {
    if (!options.parameter_problem || step.action != Step::Action::insert ||
        step.options.empty())
        return;
    if (auto file = open_step_file(root, step.path))
        check_options(step, *file, options, watcher);
}

/// \param lacks_signature set if the kernel was not called because of the signature
Status insert(const Step& step, const Target& target, const ExecuteOptions& options,
              StepWatcher& watcher, bool& lacks_signature) {
    TRY_ASSIGN(auto file, open_step_file(target.root, step.path));
    check_options(step, file, options, watcher);
    if (target.require_signature) {
        Status valid = target.require_signature(file);
        lacks_signature = !valid;
        if (!valid) return valid;
    }
    return target.kernel.load(file, step.options, options.load);
}

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// The state of a module. If it is being removed, waits up to 5 seconds until it is
/// gone.
InitState settled_state(std::string_view module, kernel::Kernel& kernel) {
    constexpr milliseconds kLongestWait{5000}, kLongestPause{50};
    const auto deadline = Clock::now() + kLongestWait;
    InitState state = kernel.state(module);
    for (milliseconds pause{1}; state == InitState::going && Clock::now() < deadline;
         pause = std::min(2 * pause, kLongestPause)) {
        std::this_thread::sleep_for(pause);
        state = kernel.state(module);
    }
    return state;
}

/// Whether an unload failed because another process has removed the module.
bool is_gone_after(const Error& error, std::string_view module, kernel::Kernel& kernel) {
    return error.code == ENOENT ||
           (error.code == EBUSY && settled_state(module, kernel) == InitState::absent);
}

/// A longer wait could exceed the range of the clock.
constexpr milliseconds kLongestRemoval = std::chrono::years(1);

/// Retries while the module is busy, with pauses that grow from one millisecond.
Status remove(const Step& step, kernel::Kernel& kernel, const ExecuteOptions& options) {
    const auto deadline = Clock::now() + std::min(options.wait, kLongestRemoval);
    for (milliseconds pause{1};; pause *= 2) {
        Status done = kernel.unload(step.module, {.force = options.force_unload});
        if (!done && !options.first_time &&
            is_gone_after(done.error(), step.module, kernel))
            return {};
        const auto left =
            std::chrono::duration_cast<milliseconds>(deadline - Clock::now());
        if (done || done.error().kind != ErrorKind::busy || left.count() <= 0)
            return done;
        std::this_thread::sleep_for(std::min(pause, left));
    }
}

/// Adds the command of the step to the running commands. Fails if it is already
/// running.
Result<std::string> with_running(const Step& step, const std::string& running) {
    const std::string_view verb =
        step.action == Step::Action::run_install ? "install" : "remove";
    std::string name = cat(verb, ":", step.module);
    const auto others = split_words(running);
    if (std::ranges::find(others, name) != others.end())
        return fail(ErrorKind::conflict,
                    cat("the ", verb, " command of ", step.module,
                        " runs itself; add --ignore-", verb, " to its modprobe call"));
    return running.empty() ? name : cat(running, " ", name);
}

Status run(const Step& step, const ExecuteOptions& options) {
    if (options.run_command) return options.run_command(step);
    TRY_ASSIGN(std::string running, with_running(step, options.running_commands));
    auto environment = options.environment;
    environment.emplace_back("MODPROBE_MODULE", step.module);
    environment.emplace_back(kRunningCommands, std::move(running));
    ShellCommand command = command_with_options(step.command, step.options);
    std::ranges::move(command.variables, std::back_inserter(environment));
    // kmod's wording, which scripts match.
    const auto failed = [&step](std::string_view how) {
        const bool install = step.action == Step::Action::run_install;
        return fail(ErrorKind::io,
                    cat("Error running ", install ? "install" : "remove", " command '",
                        step.command, "' for module ", step.module, ": ", how),
                    EINVAL);
    };
    const auto status = io::run_shell(command.text, environment);
    if (!status) return failed(status.error().message);
    if (*status != 0) return failed(cat("retcode ", *status));
    return {};
}

Status perform(const Step& step, const Target& target, const ExecuteOptions& options,
               StepWatcher& watcher, bool& lacks_signature) {
    switch (step.action) {
        case Step::Action::insert:
            return insert(step, target, options, watcher, lacks_signature);
        case Step::Action::remove: return remove(step, target.kernel, options);
        case Step::Action::run_install:
        case Step::Action::run_remove: return run(step, options);
        case Step::Action::missing: return fail(ErrorKind::not_found, step.note, ENOENT);
        case Step::Action::forbidden:
            // What the kernel returns for module_blacklist=.
            return fail(ErrorKind::denied, step.note, EPERM);
        case Step::Action::builtin:
        case Step::Action::already_loaded:
        case Step::Action::kept: break;
    }
    return {};
}

/// Whether the step needs neither an action nor a line of output. (Builtin modules have
/// no action, but a line that scripts expect.)
bool does_nothing(const Step& step, bool dry_run) {
    if (step.action == Step::Action::missing) return dry_run || !step.required;
    return step.action == Step::Action::already_loaded ||
           step.action == Step::Action::kept;
}

/// Whether the module has been loaded since the goal was planned, by another goal, a
/// command or another process. Waits for a module that is being removed.
bool is_loaded_by_now(const Step& step, kernel::Kernel& kernel) {
    return step.action == Step::Action::insert &&
           settled_state(step.module, kernel) == InitState::live;
}

/// Whether a remove command has already removed the module of this step.
bool is_gone_by_now(const Step& step, kernel::Kernel& kernel) {
    return step.action == Step::Action::remove && !step.required &&
           kernel.state(step.module) == InitState::absent;
}

/// Executes the steps once, without planning again.
std::expected<void, StepFailure> execute(const Goal& goal, const Target& target,
                                         const ExecuteOptions& options,
                                         StepWatcher& watcher) {
    kernel::Kernel& kernel = target.kernel;
    bool ran_command = false;
    std::optional<kernel::LogMark> log;
    for (const Step& step : goal.steps) {
        if (does_nothing(step, options.dry_run)) continue;
        if (ran_command && is_gone_by_now(step, kernel)) continue;
        ran_command = ran_command || (!options.dry_run && !step.command.empty());
        const bool must_be_first = options.first_time && step.module == goal.module.name;
        watcher.before(step);
        Status done;
        bool lacks_signature = false;
        if (options.dry_run || must_be_first || !is_loaded_by_now(step, kernel)) {
            // Refused even in a dry run, which nothing else is.
            const bool refused = step.action == Step::Action::forbidden;
            if (!refused) watcher.performing(step);
            if (options.keep_kernel_log && !options.dry_run && !log &&
                step.action == Step::Action::insert)
                log = kernel.mark_log();
            if (options.dry_run && !refused)
                preview(step, target.root, options, watcher);
            else
                done = perform(step, target, options, watcher, lacks_signature);
        }
        watcher.after(step, done);
        if (done || !step.required) continue;
        const bool lost_race =
            step.action == Step::Action::insert && done.error().code == EEXIST;
        if (lost_race && !must_be_first) continue;
        return std::unexpected(StepFailure{step, std::move(done).error(), lacks_signature,
                                           log ? kernel.log_since(*log) : std::nullopt});
    }
    return {};
}

/// EEXIST is not reported: another process has loaded the module.
void report_passed_over(const ExecuteOptions& options, const Step& step,
                        const Status& done) {
    if (!done && !step.required && options.passed_over && done.error().code != EEXIST)
        options.passed_over(step, done.error());
}

/// Reports steps immediately.
class Observer final : public StepWatcher {
public:
    explicit Observer(const ExecuteOptions& options) : options_(options) {}
    void performing(const Step& step) override {
        if (options_.observe) options_.observe(step);
    }
    void problem(const ParameterProblem& problem) override {
        options_.parameter_problem(problem);
    }
    void after(const Step& step, const Status& done) override {
        report_passed_over(options_, step, done);
    }

private:
    const ExecuteOptions& options_;
};

/// Records the steps of a goal that is executed in parallel with others.
class Recorder final : public StepWatcher {
public:
    struct Entry {
        const Step* step;
        bool performed = false;  ///< false: the module was already loaded
        Status done = {};
        std::vector<ParameterProblem> problems = {};
    };
    explicit Recorder(ModuleGate& gate) : gate_(gate) {}
    void before(const Step& step) override {
        gate_.enter(step.module);
        entries.push_back({&step});
    }
    void performing(const Step&) override { entries.back().performed = true; }
    void problem(const ParameterProblem& problem) override {
        entries.back().problems.push_back(problem);
    }
    void after(const Step& step, const Status& done) override {
        entries.back().done = done;
        gate_.leave(step.module);
    }

    std::vector<Entry> entries;
    std::expected<void, StepFailure> result;

private:
    ModuleGate& gate_;
};

bool has_command(const Goal& goal) {
    return std::ranges::any_of(goal.steps,
                               [](const Step& step) { return !step.command.empty(); });
}

/// Reports the steps of goals that were executed in parallel as if they had been
/// executed one after the other: a module is reported for the first goal that needs it.
class Reporter {
public:
    Reporter(const ExecuteOptions& options, std::span<const Recorder> records)
        : options_(options) {
        for (const Recorder& record : records)
            for (const Recorder::Entry& entry : record.entries)
                if (entry.performed && entry.done)
                    loaded_here_.insert(entry.step->module);
    }
    void report(const Recorder& record) {
        for (const Recorder::Entry& entry : record.entries) {
            const std::string& module = entry.step->module;
            // A failed load is reported for every goal that tried it, a successful load
            // only for the first.
            if (options_.observe && (!entry.done || (loaded_here_.contains(module) &&
                                                     reported_.insert(module).second)))
                options_.observe(*entry.step);
            for (const ParameterProblem& problem : entry.problems)
                options_.parameter_problem(problem);
            report_passed_over(options_, *entry.step, entry.done);
        }
    }

private:
    const ExecuteOptions& options_;
    std::set<std::string_view> loaded_here_;
    std::set<std::string_view> reported_;
};

void execute_in_parallel(std::span<const Goal> goals, const Target& target,
                         const ExecuteOptions& options, unsigned jobs,
                         const GoalFinished& finished) {
    ModuleGate gate;
    std::vector<Recorder> records(goals.size(), Recorder(gate));
    io::for_each_in_parallel(jobs, goals.size(), [&](std::size_t i) {
        records[i].result = execute(goals[i], target, options, records[i]);
    });
    Reporter reporter(options, records);
    for (std::size_t i = 0; i < goals.size(); ++i) {
        reporter.report(records[i]);
        finished(goals[i], records[i].result);
    }
}

/// Whether a load failed because another process has removed a dependency: a symbol is
/// missing, and a dependency is no longer loaded.
bool is_outdated(const Goal& goal, const StepFailure& failure, kernel::Kernel& kernel) {
    if (failure.error.code != ENOENT || failure.step.action != Step::Action::insert)
        return false;
    for (const Step& step : goal.steps) {
        if (step.module == failure.step.module) return false;
        const bool was_there = step.action == Step::Action::insert ||
                               step.action == Step::Action::already_loaded;
        if (!step.required || !was_there) continue;
        const InitState state = kernel.state(step.module);
        if (state == InitState::absent || state == InitState::going) return true;
    }
    return false;
}

/// Maximum number of times that a goal is planned again, if other processes keep removing
/// its dependencies.
constexpr int kNewPlans = 5;

}  // namespace

std::expected<void, StepFailure> execute(const Goal& goal, const Target& target,
                                         const ExecuteOptions& options) {
    Observer observer(options);
    auto result = execute(goal, target, options, observer);
    if (!options.plan_again) return result;
    Goal newest = goal;
    for (int left = kNewPlans; left > 0 && !result; --left) {
        if (!is_outdated(newest, result.error(), target.kernel)) break;
        auto again = options.plan_again();
        if (!again) break;
        newest = *std::move(again);
        result = execute(newest, target, options, observer);
    }
    return result;
}

void execute_all(std::span<const Goal> goals, const Target& target,
                 const ExecuteOptions& options, unsigned jobs,
                 const GoalFinished& finished) {
    while (!goals.empty()) {
        const auto without_command = static_cast<std::size_t>(
            std::ranges::find_if(goals, has_command) - goals.begin());
        const bool in_parallel =
            without_command > 0 && !options.dry_run && !options.first_time;
        if (in_parallel) {
            execute_in_parallel(goals.first(without_command), target, options, jobs,
                                finished);
            goals = goals.subspan(without_command);
        } else {
            finished(goals.front(), execute(goals.front(), target, options));
            goals = goals.subspan(1);
        }
    }
}

}  // namespace kmodpp
