// SPDX-License-Identifier: LGPL-2.1-or-later
// The facade over a simulated kernel: from a name to a loaded module and back.
#include "kmodpp/context.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "support/elf_builder.hpp"
#include "support/module_directory.hpp"

using namespace kmodpp;
using namespace std::string_literals;
using kmodpp::test::ElfBuilder;
using kmodpp::test::MessageLog;
using kmodpp::test::ModuleDirectory;

namespace {

using Names = std::vector<std::string>;

ElfBuilder module_named(std::string_view name) {
    ElfBuilder builder;
    builder.text(64)
        .info("name", name)
        .info("license", "GPL")
        .info("intree", "Y")
        .info("vermagic", "6.1.0 SMP mod_unload ")
        .this_module(name);
    return builder;
}

/// Module b needs a; net_core is builtin.
class Machine : public ModuleDirectory {
public:
    Machine() {
        files().write("etc/kmodpp/kernel.conf", "release 6.1.0\n");
        dep({"b.ko: a.ko", "a.ko:"});
        index("modules.alias.bin", {{"card:*", "b"}});
        index("modules.builtin.bin", {{"net_core", ""}});
        file("modules.builtin.modinfo", "net_core.license=GPL\0"s);
        file("a.ko", module_named("a").exports("a_fn", std::nullopt).build());
        file("b.ko", module_named("b").undefined("a_fn").build());
    }

    Context context(std::vector<std::string> config_files = {}) {
        auto made = Context::create(
            {.simulate = files().string(), .config = std::move(config_files)},
            messages());
        REQUIRE(made.has_value());
        return *std::move(made);
    }

    static Names loaded(const Context& context) {
        Names names;
        const auto modules = context.loaded_modules();
        REQUIRE(modules.has_value());
        for (const LoadedModule& module : *modules) names.push_back(module.name);
        return names;
    }
};

void carry_out(Context& context, const Result<Plan>& plan) {
    REQUIRE(plan.has_value());
    for (const Goal& goal : plan->goals) CHECK(context.execute(goal, {}).has_value());
}

}  // namespace

TEST_CASE("Context: lists the modules of the release") {
    Machine machine;
    const auto modules = machine.context().modules();
    REQUIRE(modules.has_value());
    REQUIRE(modules->size() == 3);
    CHECK(modules->at(0).name == "a");
    CHECK(modules->at(0).place == ModulePlace::other);
    CHECK(modules->at(0).path == machine.outside("/lib/modules/6.1.0/a.ko"));
    CHECK(modules->at(0).size ==
          module_named("a").exports("a_fn", std::nullopt).build().size());
    CHECK(modules->at(2).name == "net_core");
    CHECK(modules->at(2).place == ModulePlace::builtin);
    CHECK_FALSE(modules->at(2).size.has_value());
}

TEST_CASE("Context: the failure of a step is also an error as other calls return it") {
    Machine machine;
    Context context = machine.context();
    const Status done = context.insert_file("/no/such.ko", {}, {});
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().kind == ErrorKind::not_found);
    CHECK(done.error().message.contains("/no/such.ko"));
}

TEST_CASE("Context: loads a module with its dependencies, and removes them again") {
    Machine machine;
    Context context = machine.context();
    CHECK(context.release() == "6.1.0");
    CHECK(context.module_directory() == machine.outside("/lib/modules/6.1.0"));
    CHECK(context.has_databases());
    CHECK(context.look_up("card:1").value() == Names{"b"});
    carry_out(context, context.plan_insert({.name = "card:1"}));
    CHECK(Machine::loaded(context) == Names{"b", "a"});
    CHECK(context.state("a") == InitState::live);
    CHECK(context.holders("a").value() == Names{"b"});
    CHECK(context.refcount("a").value() == 1);
    for (const char* name : {"b", "net-core"}) {
        const auto nothing = context.plan_insert({.name = name});
        REQUIRE(nothing.has_value());
        REQUIRE(nothing->goals.at(0).steps.size() == 1);
        CHECK(nothing->goals[0].steps[0].action == Step::Action::already_loaded);
        CHECK((nothing->goals[0].steps[0].note == "built into the kernel") ==
              (std::string_view(name) == "net-core"));
    }
    CHECK(context.plan_remove({.name = "a"}).error().kind == ErrorKind::busy);
    carry_out(context, context.plan_remove({.name = "b"}));
    CHECK(Machine::loaded(context) == Names{});
}

TEST_CASE("Context: explains how names are found, and draws the dependencies of loads") {
    Machine machine;
    Context context = machine.context();
    const auto trace = context.trace_name("card:1");
    REQUIRE(trace.has_value());
    CHECK(trace->modules.at(0).name == "b");
    CHECK(trace->asked.back().source == NameSource::module_alias);
    carry_out(context, context.plan_insert({.name = "a"}));
    const std::vector<std::string> names = {"card:1", "net-core"};
    const auto graph = context.graph(names);
    REQUIRE(graph.has_value());
    REQUIRE(graph->nodes.size() == 3);
    CHECK(graph->edges.size() == 1);
    CHECK_FALSE(graph->nodes[0].loaded);
    CHECK(graph->nodes[1].kind == ModuleGraph::Node::Kind::builtin);
    CHECK(graph->nodes[2].loaded);
}

TEST_CASE("Context: inserts a single file and removes a single module without planning") {
    Machine machine;
    Context context = machine.context();
    const std::string directory = machine.outside("/lib/modules/6.1.0/");
    machine.file("text.ko", "no module");
    const auto refused = context.insert_file(directory + "text.ko", "", {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().error.code == ENOEXEC);
    CHECK(context.insert_file(directory + "a.ko", "", {}).has_value());
    CHECK(Machine::loaded(context) == Names{"a"});
    CHECK(context.remove_module("a", false).has_value());
    CHECK(context.remove_module("a", false).error().code == ENOENT);
    CHECK_FALSE(context.insert_file(directory + "none.ko", "", {}).has_value());
}

TEST_CASE("Context: describes files, names, aliases and builtin modules") {
    Machine machine;
    const Context context = machine.context();
    const std::string file = machine.outside("/lib/modules/6.1.0/b.ko");
    const struct {
        std::string name;
        NameKind kind;
        std::string filename;
    } rows[] = {
        {file, NameKind::file_or_name, file},
        {"b", NameKind::file_or_name, file},
        {"card:x", NameKind::file_or_name, file},
        {"b", NameKind::name_only, file},
        {"net-core", NameKind::file_or_name, "(builtin)"},
        {"net-core", NameKind::name_only, "(builtin)"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const auto infos = context.describe(row.name, row.kind);
        REQUIRE(infos.has_value());
        REQUIRE(infos->size() == 1);
        CHECK(infos->front().filename == row.filename);
    }
    const auto none = context.describe("card:x", NameKind::name_only);
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().message == "Module name card:x not found.");
    CHECK(context.describe("zz\n", NameKind::file_or_name).error().message ==
          "Module zz\\x0a not found.");
}

TEST_CASE("Context: reads the configuration of the simulated root, or the named one") {
    Machine machine;
    machine.config("alias mine a\n");
    machine.files().write("own.conf", "alias other b\n");
    CHECK(machine.context().look_up("mine").value() == Names{"a"});
    const Context own = machine.context({machine.files().string() + "/own.conf"});
    CHECK(own.look_up("mine").value() == Names{});
    // An empty path names no file: neither the current directory nor the default.
    CHECK(machine.context({""}).configuration().value().empty());
}

TEST_CASE("Context: forbids a module in one file, and allows it again") {
    Machine machine;
    Context context = machine.context();
    const std::string path = machine.outside("/etc/modprobe.d/forbid-a.conf");
    const auto change = context.forbid("a", " it hangs ");
    REQUIRE(change.has_value());
    CHECK(change->module == "a");
    CHECK(change->path == path);
    CHECK(change->changed);
    CHECK(change->others.empty());
    REQUIRE(change->remarks.size() == 2);
    CHECK(to_string(change->remarks[0].kind) == "dependents");
    CHECK(change->remarks[0].text == "needed by b, which cannot be loaded either");
    CHECK(to_string(change->remarks[1].kind) == "other_programs");
    CHECK(machine.files()
              .read("etc/modprobe.d/forbid-a.conf")
              .contains("\nforbid a it hangs\n"));

    Context after = machine.context();
    const auto plan = after.plan_insert({.name = "b"});
    REQUIRE(plan.has_value());
    const auto done = after.execute(plan->goals[0], {});
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().error.message ==
          cat("a is forbidden in ", path, " line 2: it hangs"));
    const auto diagnosis = after.diagnose(done.error(), {});
    REQUIRE(diagnosis.has_value());
    CHECK(diagnosis->findings[0].cause == FailureCause::forbidden);
    CHECK(diagnosis->findings[0].advice == "--ignore-forbid=a overrides it");
    CHECK(Machine::loaded(after).empty());
    CHECK_FALSE(after.forbid("a", "it hangs")->changed);

    CHECK(after.allow("a")->changed);
    CHECK_FALSE(after.allow("a")->changed);
    CHECK_FALSE(machine.root().exists("/etc/modprobe.d/forbid-a.conf"));
}

TEST_CASE("Context: states what a forbid line does not prevent") {
    Machine machine;
    machine.config("forbid a\ninstall a /bin/true\ninstall b /bin/true\n");
    Context context = machine.context();
    const auto kinds = [&context](std::string_view name) {
        const auto change = context.forbid(name, "");
        REQUIRE(change.has_value());
        Names found;
        for (const ForbidRemark& remark : change->remarks)
            found.emplace_back(to_string(remark.kind));
        return found;
    };
    CHECK(kinds("net-core") == Names{"builtin"});
    CHECK(kinds("gone") == Names{"unknown", "other_programs"});
    REQUIRE(context.insert_file(machine.outside("/lib/modules/6.1.0/a.ko"), "", {})
                .has_value());
    CHECK(kinds("a") == Names{"loaded", "dependents", "other_programs"});
    machine.files().write("proc/cmdline", "quiet module_blacklist=x,a\n");
    CHECK(kinds("a") == Names{"loaded", "dependents"});
    const auto others = context.forbid("a", "")->others;
    REQUIRE(others.size() == 1);
    CHECK(others[0].kind == RuleKind::forbid);
    CHECK(others[0].origin.line == 1);
    CHECK(context.allow("b")->others.at(0).kind == RuleKind::install);
    CHECK(context.forbid("card:1", "").error().message.contains("is an alias"));
}

TEST_CASE("Context: a plan_only plan for another release ignores loaded modules") {
    Machine machine;
    Context context = machine.context();
    carry_out(context, context.plan_insert({.name = "b"}));
    const auto action = [&](const std::string& release, bool plan_only) {
        const auto other =
            Context::create({.simulate = machine.files().string(), .release = release},
                            machine.messages());
        const auto plan = other->plan_insert({.name = "b", .plan_only = plan_only});
        REQUIRE(plan.has_value());
        return plan->goals[0].steps[0].action;
    };
    machine.files().write("lib/modules/6.2.0/modules.dep.bin",
                          machine.files().read("lib/modules/6.1.0/modules.dep.bin"));
    CHECK(action("6.1.0", true) == Step::Action::already_loaded);
    CHECK(action("6.2.0", false) == Step::Action::already_loaded);
    CHECK(action("6.2.0", true) == Step::Action::insert);
    CHECK(context.graph(Names{"b"})->nodes[0].loaded);
}

TEST_CASE(
    "Context: a plan_only plan for an image ignores modules of the running kernel") {
    const io::Root host = io::Root::open("/").value();
    if (!host.exists("/sys/module/printk")) return;
    ModuleDirectory image;
    image.dep({"printk.ko:"});
    const auto context = Context::create(
        {.root = image.files().string(), .release = "6.1.0"}, image.messages());
    REQUIRE(context.has_value());
    const auto action = [&](bool plan_only) {
        return context->plan_insert({.name = "printk", .plan_only = plan_only})
            ->goals[0]
            .steps[0]
            .action;
    };
    CHECK(action(true) == Step::Action::insert);
    CHECK(action(false) == Step::Action::already_loaded);
}

TEST_CASE("Context: reports missing databases and a missing root") {
    ModuleDirectory empty;
    empty.files().write("etc/kmodpp/kernel.conf", "release 6.1.0\n");
    const auto context =
        Context::create({.simulate = empty.files().string()}, empty.messages());
    REQUIRE(context.has_value());
    CHECK_FALSE(context->has_databases());
    CHECK(context->look_up("a").value().empty());
    const auto nowhere =
        Context::create({.root = empty.files().string() + "/none"}, empty.messages());
    REQUIRE_FALSE(nowhere.has_value());
    CHECK(nowhere.error().kind == ErrorKind::not_found);
    CHECK(nowhere.error().message.contains(empty.files().string() + "/none"));
}

TEST_CASE("Context: a missing visitor is an error") {
    Machine machine;
    const Status done = machine.context().for_each_alias(AliasIndex::modules, {});
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == EINVAL);
}

TEST_CASE("module_name: normalises names and takes the module name from paths") {
    CHECK(module_name("snd-pcm") == "snd_pcm");
    CHECK(module_name("x/snd-pcm.ko.gz") == "snd_pcm");
    CHECK(module_name("./a.b.ko") == "a");
    CHECK(module_name("a.b") == "a.b");
}

TEST_CASE("Context: reports relations and unused modules of a simulated kernel") {
    Machine machine;
    Context context = machine.context();
    carry_out(context, context.plan_insert({.name = "b"}));
    for (const bool loaded : {false, true}) {
        const auto users =
            context.relations({.names = {"a"},
                               .direction = RelationsRequest::Direction::users,
                               .loaded = loaded});
        REQUIRE(users.has_value());
        REQUIRE(users->nodes.size() == 2);
        CHECK(users->nodes[1].name == "b");
        CHECK(users->nodes[1].loaded);
        CHECK(users->edges.size() == 1);
    }
    CHECK(context.relations({.names = {"nosuch"}}).error().kind == ErrorKind::not_found);
    const auto unused = context.unused_modules();
    REQUIRE(unused.has_value());
    REQUIRE(unused->size() == 1);
    CHECK(unused->front().module.name == "b");
    CHECK(is_removable(unused->front()));
}

TEST_CASE("Context: compares releases, and checks modules for an installed kernel") {
    Machine machine;
    machine.files().write("lib/modules/6.2.0/kernel/c.ko", module_named("c").build());
    Context context = machine.context();
    const auto diff = context.compare_releases("6.1.0", "6.2.0", {});
    REQUIRE(diff.has_value());
    REQUIRE(diff->modules.size() == 4);
    CHECK(diff->modules[0].kind == ModuleChange::Kind::removed);
    CHECK(diff->modules[2].after == "kernel/c.ko");
    CHECK(context.compare_releases("6.1.0", "6.9.0", {}).error().kind ==
          ErrorKind::not_found);
    const auto results = context.check_compatibility(
        {.files = {machine.outside("/lib/modules/6.2.0/kernel/c.ko"), "nosuch.ko"}});
    REQUIRE(results.has_value());
    CHECK_FALSE(results->at(0).refusal.has_value());
    CHECK(results->at(1).refusal.has_value());
    CHECK(context.installed_releases().value() == Names{"6.2.0", "6.1.0"});
    const auto updates = context.plan_weak_updates({});
    REQUIRE(updates.has_value());
    CHECK(updates->empty());
    CHECK(context.apply_weak_updates(*updates).has_value());
}
