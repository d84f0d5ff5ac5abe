// SPDX-License-Identifier: LGPL-2.1-or-later
#include "action/executor.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "action/module_gate.hpp"
#include "base/text.hpp"
#include "io/module_file.hpp"
#include "io/parallel.hpp"
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
    auto environment = options.environment;
    environment.emplace_back("MODPROBE_MODULE", step.module);
    // A variable, not a part of the command: the shell takes it for words, whatever it
    // holds.
    environment.emplace_back("CMDLINE_OPTS", step.options);
    environment.emplace_back(kRunningCommands, std::move(running));
    TRY_ASSIGN(const int status, io::run_shell(step.command, environment));
    if (status != 0)
        return fail(ErrorKind::io,
                    cat("command '", step.command, "' exited with status ", status),
                    EINVAL);
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
        case Step::Action::already_loaded:
        case Step::Action::missing:
        case Step::Action::kept: break;
    }
    return {};
}

/// Nor is there anything to show: scripts know a line for what is builtin only.
bool does_nothing(Step::Action action) {
    return action == Step::Action::already_loaded || action == Step::Action::missing ||
           action == Step::Action::kept;
}

/// Whether another goal, or a command, has loaded the module since this was planned.
bool is_loaded_by_now(const Step& step, kernel::Kernel& kernel) {
    return step.action == Step::Action::insert &&
           kernel.state(step.module) == InitState::live;
}

/// Whether a command took the module along that would be the next to go.
bool is_gone_by_now(const Step& step, kernel::Kernel& kernel) {
    return step.action == Step::Action::remove && !step.required &&
           kernel.state(step.module) == InitState::absent;
}

/// Told of each step of a goal; of one that is found done, before and after only.
class StepWatcher {
public:
    virtual ~StepWatcher() = default;
    virtual void before(const Step&) {}
    virtual void performing(const Step&) {}
    virtual void after(const Step&, const Status& done) { static_cast<void>(done); }
};

std::expected<void, StepFailure> execute(const Goal& goal, const io::Root& root,
                                         kernel::Kernel& kernel,
                                         const ExecuteOptions& options,
                                         StepWatcher& watcher) {
    bool ran_command = false;
    for (const Step& step : goal.steps) {
        if (does_nothing(step.action)) continue;
        if (ran_command && is_gone_by_now(step, kernel)) continue;
        ran_command = ran_command || (!options.dry_run && !step.command.empty());
        const bool must_be_first = options.first_time && step.module == goal.module;
        watcher.before(step);
        Status done;
        if (options.dry_run || must_be_first || !is_loaded_by_now(step, kernel)) {
            watcher.performing(step);
            if (!options.dry_run) done = perform(step, root, kernel, options);
        }
        watcher.after(step, done);
        if (done || !step.required) continue;
        const bool lost_race =
            step.action == Step::Action::insert && done.error().code == EEXIST;
        if (lost_race && !must_be_first) continue;
        return std::unexpected(StepFailure{step, std::move(done).error()});
    }
    return {};
}

/// Shows steps as they come.
class Observer final : public StepWatcher {
public:
    explicit Observer(const ExecuteOptions& options) : options_(options) {}
    void performing(const Step& step) override {
        if (options_.observe) options_.observe(step);
    }

private:
    const ExecuteOptions& options_;
};

/// Notes the steps of a goal that runs beside others.
class Recorder final : public StepWatcher {
public:
    struct Entry {
        const Step* step;
        bool performed = false;  ///< by this goal; else it was found loaded
        bool failed = false;
    };
    explicit Recorder(ModuleGate& gate) : gate_(gate) {}
    void before(const Step& step) override {
        gate_.enter(step.module);
        entries.push_back({&step});
    }
    void performing(const Step&) override { entries.back().performed = true; }
    void after(const Step& step, const Status& done) override {
        entries.back().failed = !done;
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

/// Shows what goals that ran beside each other did as if they had run in turn: a module
/// belongs to the first goal that needed it, whoever was faster.
class Narrator {
public:
    Narrator(const ExecuteOptions& options, std::span<const Recorder> records)
        : options_(options) {
        for (const Recorder& record : records)
            for (const auto& [step, performed, failed] : record.entries)
                if (performed && !failed) loaded_here_.insert(step->module);
    }
    void tell(const Recorder& record) {
        if (!options_.observe) return;
        for (const auto& [step, performed, failed] : record.entries)
            // Who fails tries for itself; who succeeds does so for all that come behind.
            if (failed || (loaded_here_.contains(step->module) &&
                           told_.insert(step->module).second))
                options_.observe(*step);
    }

private:
    const ExecuteOptions& options_;
    std::set<std::string_view> loaded_here_;
    std::set<std::string_view> told_;
};

void execute_beside(std::span<const Goal> goals, const io::Root& root,
                    kernel::Kernel& kernel, const ExecuteOptions& options, unsigned jobs,
                    const GoalFinished& finished) {
    ModuleGate gate;
    std::vector<Recorder> records(goals.size(), Recorder(gate));
    io::for_each_in_parallel(jobs, goals.size(), [&](std::size_t i) {
        records[i].result = execute(goals[i], root, kernel, options, records[i]);
    });
    Narrator narrator(options, records);
    for (std::size_t i = 0; i < goals.size(); ++i) {
        narrator.tell(records[i]);
        finished(goals[i], records[i].result);
    }
}

}  // namespace

std::expected<void, StepFailure> execute(const Goal& goal, const io::Root& root,
                                         kernel::Kernel& kernel,
                                         const ExecuteOptions& options) {
    Observer observer(options);
    return execute(goal, root, kernel, options, observer);
}

void execute_all(std::span<const Goal> goals, const io::Root& root,
                 kernel::Kernel& kernel, const ExecuteOptions& options, unsigned jobs,
                 const GoalFinished& finished) {
    while (!goals.empty()) {
        const auto quiet = static_cast<std::size_t>(
            std::ranges::find_if(goals, has_command) - goals.begin());
        const bool side_by_side = quiet > 0 && !options.dry_run && !options.first_time;
        if (side_by_side) {
            execute_beside(goals.first(quiet), root, kernel, options, jobs, finished);
            goals = goals.subspan(quiet);
        } else {
            finished(goals.front(), execute(goals.front(), root, kernel, options));
            goals = goals.subspan(1);
        }
    }
}

}  // namespace kmodpp
