// SPDX-License-Identifier: LGPL-2.1-or-later
// Goals carried out at the same time have the same result as one after the other.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/names.hpp"
#include "base/text.hpp"
#include "execute/executor.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;
using kmodpp::test::TemporaryDirectory;

namespace {

/// A kernel for several threads: refuses a module whose dependencies are not loaded,
/// and records errors of the caller.
class BusyKernel final : public kernel::Kernel {
public:
    std::map<std::string, std::vector<std::string>> needs;
    std::map<std::string, int> refused;  ///< errno by module

    Result<std::string> release() override { return "6.1.0"; }
    Result<std::string> command_line() override { return ""; }
    Status load(io::ModuleFile& file, const std::string&, kernel::LoadFlags) override {
        const std::string name = module_name_of_path(file.path());
        {
            const std::lock_guard lock(mutex_);
            if (!loading_.insert(name).second) ++loaded_twice;
            most_at_once = std::max(most_at_once, loading_.size());
        }
        std::this_thread::sleep_for(std::chrono::microseconds(300));
        const std::lock_guard lock(mutex_);
        loading_.erase(name);
        if (const auto why = refused.find(name); why != refused.end())
            return fail_errno(why->second, name);
        for (const std::string& need : needs[name])
            if (!loaded.contains(need)) return fail_errno(ENOENT, name);
        if (!loaded.insert(name).second) return fail_errno(EEXIST, name);
        return {};
    }
    Status unload(const std::string& name, kernel::UnloadFlags) override {
        return fail_errno(EBUSY, name);
    }
    Result<std::vector<LoadedModule>> modules() override {
        return std::vector<LoadedModule>{};
    }
    InitState state(std::string_view name) override {
        const std::lock_guard lock(mutex_);
        return loaded.contains(std::string(name)) ? InitState::live : InitState::absent;
    }
    Result<std::vector<std::string>> holders(std::string_view) override {
        return std::vector<std::string>{};
    }
    Result<long> refcount(std::string_view) override { return 0; }

    std::set<std::string> loaded;
    std::size_t most_at_once = 0;
    int loaded_twice = 0;

private:
    std::mutex mutex_;
    std::set<std::string> loading_;
};

/// The state after a run and what it reported.
struct Outcome {
    std::set<std::string> loaded;
    std::vector<std::string> reports;
    std::size_t most_at_once = 0;
    int loaded_twice = 0;
};

class Scene {
public:
    explicit Scene(unsigned seed) : root_(io::Root::open(files_.string()).value()) {
        std::mt19937 random(seed);
        const auto below = [&random](std::size_t limit) { return random() % limit; };
        constexpr std::size_t kModules = 24, kGoals = 10;
        for (std::size_t i = 0; i < kModules; ++i) {
            files_.write(cat("m", i, ".ko"),
                         "\x7f"
                         "ELF");
            for (std::size_t n = below(3); i > 0 && n > 0; --n)
                kernel_.needs[cat("m", i)].push_back(cat("m", below(i)));
            if (below(8) == 0) kernel_.refused[cat("m", i)] = ENODEV;
        }
        for (std::size_t i = 0; i < kGoals; ++i) {
            Goal goal;
            goal.module.name = cat("m", below(kModules));
            add(goal, goal.module.name);
            if (below(4) == 0) goal.steps.front().required = false;
            // Some goals have a command, which must run while no load is in progress.
            if (below(6) == 0) {
                Step command;
                command.action = Step::Action::run_install;
                command.module = cat("c", i);
                command.command = "true";
                goal.steps.push_back(command);
            }
            goals_.push_back(std::move(goal));
        }
        if (below(2) == 0) kernel_.loaded.insert("m0");
    }

    /// \param jobs 0: one goal after the other, by execute()
    Outcome run(unsigned jobs) const {
        BusyKernel kernel;
        kernel.needs = kernel_.needs;
        kernel.refused = kernel_.refused;
        kernel.loaded = kernel_.loaded;
        Outcome outcome;
        ExecuteOptions options;
        options.observe = [&](const Step& step) {
            outcome.reports.push_back("do " + step.module);
        };
        const auto finished = [&](const Goal& goal, const auto& result) {
            outcome.reports.push_back(cat("goal ", goal.module.name, " ",
                                          result ? "done" : result.error().step.module,
                                          " ", result ? 0 : result.error().error.code));
        };
        if (jobs == 0)
            for (const Goal& goal : goals_)
                finished(goal, execute(goal, {root_, kernel}, options));
        else
            execute_all(goals_, {root_, kernel}, options, jobs, finished);
        outcome.loaded = kernel.loaded;
        outcome.most_at_once = kernel.most_at_once;
        outcome.loaded_twice = kernel.loaded_twice;
        return outcome;
    }

private:
    void add(Goal& goal, const std::string& module) const {
        const auto is_there = [&](const Step& step) { return step.module == module; };
        if (std::ranges::any_of(goal.steps, is_there)) return;
        if (const auto needs = kernel_.needs.find(module); needs != kernel_.needs.end())
            for (const std::string& need : needs->second) add(goal, need);
        Step step;
        step.module = module;
        step.path = cat(files_.string(), "/", module, ".ko");
        goal.steps.push_back(std::move(step));
    }

    TemporaryDirectory files_;
    io::Root root_;
    BusyKernel kernel_;
    std::vector<Goal> goals_;
};

}  // namespace

TEST_CASE("execute_all: has the same results and reports as goals one after the other") {
    std::size_t most_at_once = 0;
    for (unsigned seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        const Scene scene(seed);
        const Outcome serial = scene.run(0);
        CHECK(serial.most_at_once <= 1);
        for (const unsigned jobs : {1u, 2u, 8u}) {
            CAPTURE(jobs);
            const Outcome parallel = scene.run(jobs);
            CHECK(parallel.loaded == serial.loaded);
            CHECK(parallel.reports == serial.reports);
            CHECK(parallel.loaded_twice == 0);
            most_at_once = std::max(most_at_once, parallel.most_at_once);
        }
    }
    CHECK(most_at_once > 2);
}
