// SPDX-License-Identifier: LGPL-2.1-or-later
// Executing plans: the order of calls, which failures end a goal, what commands see.
#include "execute/executor.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "support/fake_kernel.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;
using kmodpp::test::FakeKernel;
using kmodpp::test::TemporaryDirectory;

namespace {

using Lines = std::vector<std::string>;

class Machine {
public:
    Machine() : root(io::Root::open(files.string()).value()) {}

    Step insert(std::string name, bool required = true, std::string options = "") {
        files.write(name + ".ko",
                    "\x7f"
                    "ELF");
        Step step;
        step.path = files.string() + "/" + name + ".ko";
        step.module = std::move(name);
        step.required = required;
        step.options = std::move(options);
        return step;
    }
    static Step remove(std::string name, bool required = true) {
        Step step;
        step.action = Step::Action::remove;
        step.module = std::move(name);
        step.required = required;
        return step;
    }
    static Step command(std::string name, std::string text, std::string options = "") {
        Step step;
        step.action = Step::Action::run_install;
        step.module = std::move(name);
        step.command = std::move(text);
        step.options = std::move(options);
        return step;
    }

    auto run(std::vector<Step> steps, const ExecuteOptions& options = {}) {
        Goal goal;
        goal.module.name = steps.back().module;
        goal.steps = std::move(steps);
        return execute(goal, {root, kernel}, options);
    }

    TemporaryDirectory files;
    io::Root root;
    FakeKernel kernel;
};

}  // namespace

TEST_CASE("execute: executes steps in order, with their options and flags") {
    Machine machine;
    CHECK(machine
              .run({machine.insert("a"), machine.insert("b", false, "x=1"),
                    machine.insert("c", true, "y=2")},
                   {.load = {.ignore_modversions = true, .ignore_vermagic = true}})
              .has_value());
    CHECK(machine
              .run({Machine::remove("c"), Machine::remove("b", false)},
                   {.force_unload = true})
              .has_value());
    CHECK(machine.kernel.calls == Lines{"load a  !modversions !vermagic",
                                        "load b x=1 !modversions !vermagic",
                                        "load c y=2 !modversions !vermagic",
                                        "unload c !force", "unload b !force"});
}

TEST_CASE("execute: only a required step ends the goal; other failures are reported") {
    Machine machine;
    machine.kernel.answers["a"] = {EINVAL};
    machine.kernel.answers["raced"] = {EEXIST};
    machine.kernel.answers["b"] = {ENOEXEC};
    Lines passed_over;
    const auto done =
        machine.run({machine.insert("a", false), machine.insert("raced", false),
                     machine.insert("b"), machine.insert("c")},
                    {.passed_over = [&](const Step& step, const Error& error) {
                        passed_over.push_back(cat(step.module, " ", error.code));
                    }});
    CHECK(passed_over == Lines{cat("a ", EINVAL)});
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().step.module == "b");
    CHECK(done.error().error.code == ENOEXEC);
    CHECK(machine.kernel.calls == Lines{"load a ", "load raced ", "load b "});
}

TEST_CASE("execute: a missing file fails its step without a call of the kernel") {
    Machine machine;
    Step step = machine.insert("a");
    step.path = machine.files.string() + "/none.ko";
    const auto done = machine.run({step});
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().error.kind == ErrorKind::not_found);
    CHECK(done.error().error.message.contains("none.ko"));
    step.required = false;
    CHECK(machine.run({step, machine.insert("b")}).has_value());
    CHECK(machine.kernel.calls == Lines{"load b "});
}

TEST_CASE("execute: a module that another process loaded in the meantime is loaded") {
    Machine machine;
    const auto race = [&](bool first_time) {
        machine.kernel.answers["a"] = {EEXIST};
        machine.kernel.answers["b"] = {EEXIST};
        return machine.run({machine.insert("a"), machine.insert("b")},
                           {.first_time = first_time});
    };
    CHECK(race(false).has_value());
    const auto second = race(true);
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().step.module == "b");
    CHECK(second.error().error.code == EEXIST);
    CHECK(machine.kernel.calls == Lines{"load a ", "load b ", "load a ", "load b "});
    // EEXIST from an unload does not mean that another process has done it.
    machine.kernel.answers["c"] = {EEXIST};
    CHECK_FALSE(machine.run({Machine::remove("c")}).has_value());
}

TEST_CASE("execute: a module that another process removes counts as removed") {
    constexpr auto kGoing = InitState::going, kLive = InitState::live;
    const struct {
        const char* name;
        int answer;
        std::deque<InitState> states;  ///< afterwards it is absent
        bool first_time;
        bool done;
    } rows[] = {
        {"gone before", ENOENT, {}, false, true},
        {"going", EBUSY, {kGoing, kGoing}, false, true},
        {"gone since", EBUSY, {}, false, true},
        {"live", EBUSY, {kLive}, false, false},
        {"live and used", EAGAIN, {kLive}, false, false},
        {"gone before, with --first-time", ENOENT, {}, true, false},
        {"going, with --first-time", EBUSY, {kGoing}, true, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Machine machine;
        machine.kernel.answers["a"] = {row.answer};
        machine.kernel.passing["a"] = row.states;
        const auto done =
            machine.run({Machine::remove("a")}, {.first_time = row.first_time});
        CHECK(done.has_value() == row.done);
        if (!done) CHECK(done.error().error.code == row.answer);
        CHECK(machine.kernel.calls == Lines{"unload a"});
    }
}

TEST_CASE("execute: waits until a module is removed before loading it again") {
    Machine machine;
    machine.kernel.passing["a"] = {InitState::going, InitState::going};
    CHECK(machine.run({machine.insert("a")}).has_value());
    CHECK(machine.kernel.passing["a"].empty());
    CHECK(machine.kernel.calls == Lines{"load a "});
    // Another process may have loaded it again in the meantime.
    machine.kernel.passing["a"] = {InitState::going, InitState::live};
    CHECK(machine.run({machine.insert("a")}).has_value());
    CHECK(machine.kernel.calls == Lines{"load a "});
}

TEST_CASE("execute: plans again if another process has removed a dependency") {
    const auto before = [](Machine& machine, std::string name, Step::Action action,
                           bool required = true) {
        Step step = machine.insert(std::move(name), required);
        step.action = action;
        return step;
    };
    using Action = Step::Action;
    const struct {
        const char* name;
        const char* module;
        Action action;
        bool required;
        int code;
        bool expected;
    } rows[] = {
        {"gone", "gone", Action::already_loaded, true, ENOENT, true},
        {"gone since it was loaded", "gone", Action::insert, true, ENOENT, true},
        {"being removed", "going", Action::already_loaded, true, ENOENT, true},
        {"all there", "live", Action::already_loaded, true, ENOENT, false},
        {"another failure", "gone", Action::already_loaded, true, EINVAL, false},
        {"not needed", "gone", Action::insert, false, ENOENT, false},
        {"builtin", "gone", Action::builtin, true, ENOENT, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Machine machine;
        machine.kernel.loaded = {{.name = "live"},
                                 {.name = "going", .state = InitState::going}};
        machine.kernel.answers["b"] = {row.code};
        int plans = 0;
        Goal goal;
        goal.module.name = "b";
        goal.steps = {before(machine, row.module, row.action, row.required),
                      machine.insert("b")};
        const auto result = execute(goal, {machine.root, machine.kernel},
                                    {.plan_again = [&]() -> Result<Goal> {
                                        ++plans;
                                        return goal;
                                    }});
        CHECK(result.has_value() == row.expected);
        CHECK(plans == (row.expected ? 1 : 0));
    }
}

TEST_CASE("execute: stops planning again after a few tries, or without a plan") {
    Machine machine;
    machine.kernel.answers["b"] = std::deque<int>(100, ENOENT);
    Goal goal;
    goal.module.name = "b";
    goal.steps = {machine.insert("gone"), machine.insert("b")};
    goal.steps[0].action = Step::Action::already_loaded;
    int plans = 0;
    ExecuteOptions options{.plan_again = [&]() -> Result<Goal> {
        ++plans;
        return goal;
    }};
    const Target target{machine.root, machine.kernel};
    CHECK(execute(goal, target, options).error().error.code == ENOENT);
    CHECK(plans == 5);
    options.plan_again = []() -> Result<Goal> {
        return fail(ErrorKind::not_found, "no plan");
    };
    CHECK(execute(goal, target, options).error().error.code == ENOENT);
}

TEST_CASE("execute: waits for a busy module, and only for that") {
    Machine machine;
    machine.kernel.loaded = {{.name = "a", .state = InitState::live}};
    machine.kernel.answers["a"] = {EAGAIN, EBUSY, EAGAIN, 0};
    CHECK(machine.run({Machine::remove("a")}, {.wait = std::chrono::minutes(10)})
              .has_value());
    CHECK(machine.kernel.calls.size() == 4);

    machine.kernel.calls.clear();
    machine.kernel.answers["b"] = {EAGAIN};
    const auto at_once = machine.run({Machine::remove("b")});
    REQUIRE_FALSE(at_once.has_value());
    CHECK(at_once.error().error.kind == ErrorKind::busy);
    machine.kernel.answers["c"] = {EPERM};
    CHECK_FALSE(machine.run({Machine::remove("c")}, {.wait = std::chrono::minutes(10)})
                    .has_value());
    machine.kernel.answers["e"] = {EAGAIN, 0};
    CHECK(machine.run({Machine::remove("e")}, {.wait = std::chrono::milliseconds::max()})
              .has_value());
    machine.kernel.answers["d"] = std::deque<int>(100, EAGAIN);
    CHECK_FALSE(
        machine.run({Machine::remove("d")}, {.wait = std::chrono::milliseconds(20)})
            .has_value());
    CHECK(machine.kernel.calls.size() > 3);
}

TEST_CASE("execute: sets the variables and options of a command") {
    Machine machine;
    const std::string out = machine.files.string() + "/out";
    CHECK(machine
              .run({Machine::command("snd_pcm",
                                     cat("echo \"$MODPROBE_MODULE|$CMDLINE_OPTS|"
                                         "$CMDLINE_OPTS|$EXTRA\" > ",
                                         out),
                                     "a=1 b=2")},
                   {.environment = {{"EXTRA", "more"}}})
              .has_value());
    CHECK(machine.files.read("out") == "snd_pcm|a=1 b=2|a=1 b=2|more\n");
    // Options are words to the shell and never commands, whether quoted or not.
    for (const std::string_view command :
         {"echo \"$CMDLINE_OPTS\" > ", "echo $CMDLINE_OPTS > "}) {
        const std::string hostile = "y=$CMDLINE_OPTS z=$(exit);\"`exit`\"";
        CHECK(
            machine.run({Machine::command("x", cat(command, out), hostile)}).has_value());
        CHECK(machine.files.read("out") == hostile + "\n");
    }
    CHECK(machine.kernel.calls.empty());
}

TEST_CASE("execute: the caller may run commands itself") {
    Machine machine;
    Lines ran;
    ExecuteOptions options;
    options.run_command = [&](const Step& step) -> Status {
        ran.push_back(step.command + "|" + step.options);
        if (step.module == "b") return fail(ErrorKind::denied, "not this one", EPERM);
        return {};
    };
    const auto done = machine.run({Machine::command("a", "exit 7", "x=1"),
                                   Machine::command("b", "exit 0"), machine.insert("c")},
                                  options);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().step.module == "b");
    CHECK(done.error().error.message == "not this one");
    CHECK(ran == Lines{"exit 7|x=1", "exit 0|"});
    CHECK(machine.kernel.calls.empty());
}

TEST_CASE("execute: reports the exit status or signal of a failed command") {
    Machine machine;
    const auto done = machine.run({Machine::command("a", "exit 3"), machine.insert("b")});
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().step.module == "a");
    CHECK(done.error().error.code == EINVAL);
    CHECK(done.error().error.message ==
          "Error running install command 'exit 3' for module a: retcode 3");
    Step remove = Machine::command("a", "exit 4");
    remove.action = Step::Action::run_remove;
    CHECK(machine.run({remove}).error().error.message ==
          "Error running remove command 'exit 4' for module a: retcode 4");
    const auto killed = machine.run({Machine::command("a", "kill -9 $$")});
    REQUIRE_FALSE(killed.has_value());
    CHECK(killed.error().error.message.contains("was killed by signal 9"));
    Step soft = Machine::command("a", "exit 3");
    soft.required = false;
    CHECK(machine.run({soft, machine.insert("b")}).has_value());
}

TEST_CASE(
    "execute: reports steps that change something; a dry run executes none of them") {
    Machine machine;
    Step builtin, loaded;
    builtin.action = Step::Action::builtin;
    builtin.module = "unix";
    loaded.action = Step::Action::already_loaded;
    loaded.module = "x";
    Lines seen;
    ExecuteOptions options{.dry_run = true, .observe = [&](const Step& step) {
                               seen.push_back(step.module);
                           }};
    const std::vector<Step> steps = {
        builtin, loaded, machine.insert("a"), Machine::remove("b"),
        Machine::command("c", cat("touch ", machine.files.string(), "/touched"))};
    CHECK(machine.run(steps, options).has_value());
    CHECK(seen == Lines{"unix", "a", "b", "c"});
    CHECK(machine.kernel.calls.empty());
    CHECK_FALSE(machine.root.exists("/touched"));
    seen.clear();
    options.dry_run = false;
    CHECK(machine.run(steps, options).has_value());
    CHECK(seen == Lines{"unix", "a", "b", "c"});
    CHECK(machine.kernel.calls == Lines{"load a ", "unload b"});
    CHECK(machine.root.exists("/touched"));
}

TEST_CASE("execute: skips modules that a remove command has removed") {
    Machine machine;
    Step command = Machine::command("top", "true");
    command.action = Step::Action::run_remove;
    machine.kernel.loaded = {{.name = "still"}};
    Lines shown;
    CHECK(machine
              .run({command, Machine::remove("gone", false),
                    Machine::remove("still", false), Machine::remove("named")},
                   {.observe = [&](const Step& step) { shown.push_back(step.module); }})
              .has_value());
    CHECK(machine.kernel.calls == Lines{"unload still", "unload named"});
    CHECK(shown == Lines{"top", "still", "named"});
    shown.clear();
    // A dry run does not know what the command would remove.
    CHECK(machine
              .run({command, Machine::remove("gone", false)},
                   {.dry_run = true,
                    .observe = [&](const Step& step) { shown.push_back(step.module); }})
              .has_value());
    CHECK(shown == Lines{"top", "gone"});
}

TEST_CASE("execute: neither executes nor reports informational steps") {
    Machine machine;
    int shown = 0;
    std::vector<Step> steps;
    for (const Step::Action action :
         {Step::Action::already_loaded, Step::Action::missing, Step::Action::kept}) {
        steps.push_back(Machine::remove("x", action != Step::Action::missing));
        steps.back().action = action;
    }
    CHECK(machine.run(steps, {.observe = [&](const Step&) { ++shown; }}).has_value());
    CHECK(shown == 0);
    CHECK(machine.kernel.calls.empty());
}

TEST_CASE("execute: a forbidden step is refused even in a dry run, without being shown") {
    Machine machine;
    Step step;
    step.action = Step::Action::forbidden;
    step.module = "off";
    step.note = "off is forbidden";
    int shown = 0;
    Lines passed;
    const auto run = [&](bool dry_run) {
        return machine.run({step}, {.dry_run = dry_run,
                                    .observe = [&](const Step&) { ++shown; },
                                    .passed_over =
                                        [&](const Step&, const Error& error) {
                                            passed.push_back(error.message);
                                        }});
    };
    for (const bool dry_run : {false, true}) {
        step.required = true;
        const auto done = run(dry_run);
        REQUIRE_FALSE(done.has_value());
        CHECK(done.error().error.kind == ErrorKind::denied);
        CHECK(done.error().error.code == EPERM);
        CHECK(done.error().error.message == "off is forbidden");
        step.required = false;
        CHECK(run(dry_run).has_value());
    }
    CHECK(passed == Lines{"off is forbidden", "off is forbidden"});
    CHECK(shown == 0);
    CHECK(machine.kernel.calls.empty());
}

TEST_CASE("execute: a missing module is an error only if it is required") {
    Machine machine;
    Step step;
    step.action = Step::Action::missing;
    step.module = "off";
    step.note = "Module off not found";
    const auto done = machine.run({step});
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().error.kind == ErrorKind::not_found);
    CHECK(done.error().error.message == "Module off not found");
    CHECK(machine.run({step}, {.dry_run = true}).has_value());
    step.required = false;
    CHECK(machine.run({step}).has_value());
}
