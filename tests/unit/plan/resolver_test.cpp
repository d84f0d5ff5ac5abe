// SPDX-License-Identifier: LGPL-2.1-or-later
// Plans of insertions: order, options, soft dependencies, commands, the blacklist and
// forbidden modules.
#include "plan/resolver.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <set>
#include <string>

#include "plan_lines.hpp"
#include "support/module_directory.hpp"

using namespace kmodpp;
using kmodpp::test::Lines;
using kmodpp::test::lines_of;
using kmodpp::test::ModuleDirectory;

namespace {

/// d needs c, b and a; c needs b and a; b needs a. x and y have no dependencies.
class Tree : public ModuleDirectory {
public:
    explicit Tree(std::string_view text = "") {
        dep({"d.ko: c.ko b.ko a.ko", "c.ko: b.ko a.ko", "b.ko: a.ko",
             "a.ko:", "x.ko:", "y.ko:"});
        index("modules.builtin.bin", {{"unix", ""}});
        index("modules.builtin.alias.bin", {{"net_pf_1", "unix"}});
        index("modules.alias.bin",
              {{"card:*", "x"}, {"card:1", "y"}, {"late:*", "a"}, {"ghost", "gone"}});
        config(text);
    }

    std::set<std::string, std::less<>> loaded;

    Result<Plan> plan(const InsertRequest& request) {
        Catalog all = catalog(command_line);
        return plan_insert(
            all, [this](std::string_view name) { return loaded.contains(name); },
            request);
    }
    Lines lines(const InsertRequest& request) {
        const auto made = plan(request);
        REQUIRE(made.has_value());
        return lines_of(*made);
    }
    std::string error(const InsertRequest& request) {
        const auto made = plan(request);
        REQUIRE_FALSE(made.has_value());
        return made.error().message;
    }

    std::string command_line;
};

std::string no_module(const Tree& tree, std::string_view name) {
    return cat("Module ", name, " not found in directory ",
               tree.outside("/lib/modules/6.1.0"));
}

}  // namespace

TEST_CASE("plan_insert: loads dependencies first, each with its path and reason") {
    Tree tree;
    const auto plan = tree.plan({.name = "d", .parameters = "p=1"});
    REQUIRE(plan.has_value());
    REQUIRE(plan->goals.size() == 1);
    const Goal& goal = plan->goals[0];
    CHECK(goal.module.name == "d");
    CHECK(goal.module.alias == "");
    CHECK(goal.module.source == NameSource::module_name);
    CHECK(lines_of(goal) == Lines{"insert a", "insert b", "insert c", "insert d p=1"});
    CHECK(goal.steps[0].path == tree.outside("/lib/modules/6.1.0/a.ko"));
    CHECK(to_string(goal.steps[0].cause) == "needed by d");
    CHECK(to_string(goal.steps[3].cause) == "named");
}

TEST_CASE("plan_insert: skips loaded modules, unless ignore_loaded is set") {
    Tree tree;
    tree.loaded = {"a", "b"};
    CHECK(tree.lines({.name = "d"}) ==
          Lines{"loaded a", "loaded b", "insert c", "insert d"});
    CHECK(tree.lines({.name = "d", .ignore_loaded = true}) ==
          Lines{"insert a", "insert b", "insert c", "insert d"});
    CHECK(tree.lines({.name = "b"}) == Lines{"loaded b"});
    const auto twice = tree.plan({.name = "b", .first_time = true});
    REQUIRE_FALSE(twice.has_value());
    CHECK(twice.error().kind == ErrorKind::conflict);
    CHECK(twice.error().code == EEXIST);
    CHECK(twice.error().message == "Module already in kernel");
}

TEST_CASE("plan_insert: has nothing to do for builtin modules") {
    Tree tree;
    CHECK(tree.lines({.name = "unix"}) == Lines{"builtin unix"});
    CHECK(tree.lines({.name = "net-pf-1"}) == Lines{"loaded unix"});
    CHECK(tree.lines({.name = "unix", .ignore_commands = true}) == Lines{"builtin unix"});
    tree.loaded = {"unix"};
    CHECK(tree.lines({.name = "unix"}) == Lines{"loaded unix"});
}

TEST_CASE(
    "plan_insert: an unknown name is an error, an alias of a missing module is not") {
    Tree tree(
        "alias foo nosuch\nsoftdep x pre: foo nothing post: bar\n"
        "remove only-removed true\n");
    CHECK(tree.error({.name = "zzz"}) == no_module(tree, "zzz"));
    CHECK(tree.error({.name = "a\nb"}) == no_module(tree, "a\\x0ab"));
    CHECK(tree.plan({.name = "zzz"}).error().kind == ErrorKind::not_found);
    CHECK(tree.plan({.name = "zzz"}).error().code == ENOENT);
    CHECK(tree.lines({.name = "foo"}) == Lines{"missing nosuch"});
    CHECK(tree.lines({.name = "ghost"}) == Lines{"missing gone"});
    CHECK(tree.lines({.name = "only-removed"}) == Lines{"missing only_removed"});
    CHECK(tree.plan({.name = "foo"})->goals[0].steps[0].note ==
          no_module(tree, "nosuch"));
    CHECK(tree.lines({.name = "x"}) ==
          Lines{"missing? nosuch", "missing? nothing", "insert x", "missing? bar"});
}

TEST_CASE("plan_insert: the blacklist applies to aliases, and to names only on request") {
    Tree tree("blacklist x\nblacklist a\n");
    const std::string why = cat("skipped blacklisted in ",
                                tree.outside("/etc/modprobe.d/test.conf"), " line ");
    CHECK(tree.lines({.name = "card:1"}) == Lines{why + "1", "insert y"});
    CHECK(tree.lines({.name = "late:1"}) == Lines{why + "2"});
    CHECK(tree.lines({.name = "x"}) == Lines{"insert x"});
    CHECK(tree.lines({.name = "x", .use_blacklist = true}) == Lines{why + "1"});
    // Dependencies are never filtered.
    CHECK(tree.lines({.name = "b", .use_blacklist = true}) ==
          Lines{"insert a", "insert b"});
    tree.command_line = "modprobe.blacklist=y";
    CHECK(tree.lines({.name = "card:1"}) ==
          Lines{why + "1", "skipped blacklisted in kernel command line"});
    tree.loaded = {"x"};
    CHECK(tree.lines({.name = "card:1"}) ==
          Lines{"loaded x", "skipped blacklisted in kernel command line"});
}

TEST_CASE(
    "plan_insert: a forbidden module is refused by name, alias and as a dependency") {
    Tree tree("forbid a because\ninstall a /bin/false\nforbid unix\n");
    const Lines refused = {"forbidden a"};
    CHECK(tree.lines({.name = "a"}) == refused);
    CHECK(tree.lines({.name = "late:1"}) == refused);
    CHECK(tree.lines({.name = "a", .ignore_commands = true}) == refused);
    CHECK(tree.lines({.name = "a", .ignore_loaded = true}) == refused);
    CHECK(tree.lines({.name = "a", .ignore_blacklist = true}) == refused);
    // Nothing is loaded for a load that would fail.
    CHECK(tree.lines({.name = "d"}) == refused);
    const auto plan = tree.plan({.name = "d"});
    REQUIRE(plan.has_value());
    const Step& step = plan->goals[0].steps[0];
    const std::string line = cat(tree.outside("/etc/modprobe.d/test.conf"), " line 1");
    CHECK(step.note == cat("a is forbidden in ", line, ": because"));
    CHECK(step.forbid.describe() == line);
    CHECK(step.cause.kind == Cause::Kind::dependency);
    CHECK(step.cause.of == "d");
    // The line cannot remove what is loaded or built in.
    tree.loaded = {"a"};
    CHECK(tree.lines({.name = "b"}) == Lines{"loaded a", "insert b"});
    CHECK(tree.lines({.name = "b", .ignore_loaded = true}) == refused);
    CHECK(tree.lines({.name = "unix", .ignore_loaded = true}) == Lines{"builtin unix"});
}

TEST_CASE("plan_insert: the request overrides forbid lines, for all or some modules") {
    Tree tree("forbid a\ninstall a /bin/false\nforbid b*\ninstall c run c\n");
    CHECK(tree.lines({.name = "c"}) == Lines{"forbidden b"});
    CHECK(tree.lines({.name = "c", .allowed = {"b"}}) == Lines{"forbidden a"});
    CHECK(tree.lines({.name = "c", .allowed = {"a", "b"}}) ==
          Lines{"insert a", "insert b", "run_install c <run c>"});
    const auto plan = tree.plan({.name = "c", .ignore_forbid = true});
    REQUIRE(plan.has_value());
    CHECK(lines_of(*plan) == Lines{"insert a", "insert b", "run_install c <run c>"});
    CHECK(plan->goals[0].steps[0].forbid.line == 1);
    CHECK(plan->goals[0].steps[1].forbid.line == 3);
    CHECK(plan->goals[0].steps[2].forbid.empty());
}

TEST_CASE(
    "plan_insert: a soft dependency that needs a forbidden module is skipped whole") {
    Tree tree("forbid a\nsoftdep x pre: b late:1 post: y\nsoftdep b pre: y\n");
    CHECK(tree.lines({.name = "x"}) ==
          Lines{"forbidden? a", "forbidden? a", "insert x", "insert? y"});
    const auto plan = tree.plan({.name = "x"});
    REQUIRE(plan.has_value());
    CHECK(to_string(plan->goals[0].steps[0].cause) == "needed by b");
    CHECK(plan->goals[0].steps[1].cause.softdep == "late:1");
}

TEST_CASE("plan_insert: an install line of another file is a reason of its own") {
    Tree tree("forbid a\n");
    tree.files().write("etc/modprobe.d/z.conf", "install a /bin/false\n");
    CHECK(tree.lines({.name = "a", .ignore_forbid = true}) ==
          Lines{"run_install a </bin/false>"});
}

TEST_CASE(
    "plan_module: plans one module that was looked up, with or without the blacklist") {
    Tree tree("blacklist x\noptions card:1 p=1\n");
    Catalog catalog = tree.catalog();
    const auto lines = [&](const std::string& path, const InsertRequest& request) {
        const auto goal = plan_module(
            catalog, [](std::string_view) { return false; },
            {.name = "x", .alias = "card:1"}, path, request);
        REQUIRE(goal.has_value());
        if (!goal->skipped.empty()) return Lines{"skipped"};
        return Lines{lines_of(*goal).at(0), goal->steps.at(0).path};
    };
    CHECK(lines("", {}) == Lines{"skipped"});
    CHECK(lines("", {.parameters = "q=2", .ignore_blacklist = true}) ==
          Lines{"insert x p=1 q=2", tree.outside("/lib/modules/6.1.0/x.ko")});
}

TEST_CASE("plan_insert: orders options: configuration, kernel command line, operands") {
    Tree tree(
        "options x a=1\noptions card:1 b=2\noptions x c=\"3 4\"\noptions a z=9\n"
        "options d q=1");
    tree.command_line = "x.d=5 x.e";
    CHECK(tree.lines({.name = "x", .parameters = "f=6"}) ==
          Lines{"insert x a=1 c=\"3 4\" d=5 e f=6"});
    // Options of the alias are added.
    CHECK(tree.lines({.name = "card:1", .parameters = "f=6"}) ==
          Lines{"insert x a=1 b=2 c=\"3 4\" d=5 e f=6", "insert y b=2 f=6"});
    // Operands apply only to the named module.
    CHECK(tree.lines({.name = "b", .parameters = "f=6"}) ==
          Lines{"insert a z=9 ", "insert b f=6"});
    // Scripts compare lines that end in a blank.
    CHECK(tree.lines({.name = "d"}).back() == "insert d q=1 ");
}

TEST_CASE("plan_insert: puts soft dependencies before and after their module") {
    Tree tree("softdep d pre: x post: y\nsoftdep b pre: card:2\n");
    CHECK(tree.lines({.name = "d"}) == Lines{"insert a", "insert? x", "insert b",
                                             "insert c", "insert d", "insert? y"});
    const auto plan = tree.plan({.name = "d"});
    CHECK(to_string(plan->goals[0].steps[1].cause) ==
          cat("softdep of b (", tree.outside("/etc/modprobe.d/test.conf"), " line 2)"));
    CHECK(tree.lines({.name = "d", .ignore_commands = true}) ==
          Lines{"insert a", "insert? x", "insert b", "insert c", "insert d"});
}

TEST_CASE("plan_insert: requires a soft dependency that is also a hard one") {
    Tree tree("softdep b pre: a post: c\n");
    CHECK(tree.lines({.name = "b"}) == Lines{"insert a", "insert b", "insert? c"});
}

TEST_CASE("plan_insert: applies every softdep line of a module and its alias") {
    Tree tree(
        "softdep x pre: a post: y\nsoftdep card:1 pre: b\nsoftdep x pre: c post: d\n");
    tree.file("modules.softdep", "softdep x pre: unix post: none\nsoftdep y pre: gone\n");
    CHECK(tree.lines({.name = "x"}) == Lines{"insert? a", "insert? b", "insert? c",
                                             "builtin? unix", "insert x", "missing? gone",
                                             "insert? y", "insert? d", "missing? none"});
    Tree other("softdep card:1 pre: y\nsoftdep x pre: a\n");
    CHECK(lines_of(other.plan({.name = "card:1"})->goals[0]) ==
          Lines{"insert? y", "insert? a", "insert x"});
    // Lines for an alias do not apply if the module was found by another name.
    CHECK(other.lines({.name = "x"}) == Lines{"insert? a", "insert x"});
}

TEST_CASE(
    "plan_insert: applies the administrator's softdep lines before those of modules") {
    Tree tree("softdep x pre: y\n");
    tree.file("modules.softdep", "softdep x pre: b\n");
    const auto plan = tree.plan({.name = "x"});
    REQUIRE(plan.has_value());
    const auto& steps = plan->goals[0].steps;
    CHECK(lines_of(*plan) == Lines{"insert? y", "insert? a", "insert? b", "insert x"});
    CHECK(steps[0].cause.origin.file == tree.outside("/etc/modprobe.d/test.conf"));
    CHECK(steps[2].cause.origin.file ==
          tree.outside("/lib/modules/6.1.0/modules.softdep"));
    CHECK(steps[2].cause.kind == Cause::Kind::pre_softdep);
    CHECK(steps[2].cause.of == "x");
    CHECK(steps[2].cause.softdep == "b");
}

TEST_CASE("plan_insert: weak dependencies are never loaded") {
    Tree tree("weakdep x y\n");
    tree.file("modules.weakdep", "weakdep x a b\n");
    CHECK(tree.lines({.name = "x"}) == Lines{"insert x"});
    CHECK(tree.lines({.name = "x", .ignore_loaded = true}) == Lines{"insert x"});
}

TEST_CASE("plan_insert: stops at the end of a cycle of soft dependencies") {
    Tree tree("softdep x pre: y\nsoftdep y pre: x\nsoftdep a post: a\n");
    CHECK(tree.lines({.name = "x"}) == Lines{"insert? y", "insert x"});
    CHECK(tree.lines({.name = "a"}) == Lines{"insert a"});
}

TEST_CASE("plan_insert: soft dependencies may be nested deeply") {
    constexpr int kDepth = 20'000;
    std::string before, after;
    std::vector<std::string> modules = {cat("m", kDepth, ".ko:")};
    for (int i = 0; i < kDepth; ++i) {
        before += cat("softdep m", i, " pre: m", i + 1, "\n");
        after += cat("softdep m", i, " post: m", i + 1, "\n");
        modules.push_back(cat("m", i, ".ko:"));
    }
    for (const bool is_before : {true, false}) {
        Tree tree(is_before ? before : after);
        tree.dep(modules);
        const Lines lines = tree.lines({.name = "m0"});
        REQUIRE(lines.size() == kDepth + 1);
        CHECK((is_before ? lines.back() : lines.front()) == "insert m0");
    }
}

TEST_CASE("plan_insert: plans 300 modules with all possible soft dependencies quickly") {
    // All paths would take 300! steps, all pairs for each alias 27 million.
    constexpr int kCount = 300;
    std::string text, modules, aliases;
    std::vector<std::string> dep;
    for (int i = 0; i < kCount; ++i) {
        modules += cat(" m", i);
        aliases += cat(" n", i);
        dep.push_back(cat("m", i, ".ko:"));
    }
    for (int i = 0; i < kCount; ++i)
        text += cat("softdep m", i, " pre:", modules, aliases, " post:", aliases, modules,
                    "\n");
    Tree tree(text);
    tree.dep(dep);
    std::vector<ModuleDirectory::Pair> every;
    for (int i = 0; i < kCount; ++i) every.push_back({"n*", cat("m", i)});
    tree.index("modules.alias.bin", every);
    const Lines lines = tree.lines({.name = "m7"});
    CHECK(lines.size() == kCount);
    CHECK(std::ranges::count(lines, "insert m7") == 1);
}

TEST_CASE("plan_insert: dense hard and soft dependencies repeat no step") {
    constexpr int kCount = 300;
    std::string text, all;
    for (int i = 0; i < kCount; ++i) all += cat(" m", i);
    std::vector<std::string> dep;
    for (int i = 0; i < kCount; ++i) {
        text += cat("softdep m", i, " pre:", all, "\n");
        dep.push_back(cat("m", i, ".ko:"));
        for (int below = i - 1; below >= 0; --below)
            dep.back() += cat(" m", below, ".ko");
    }
    Tree tree(text);
    tree.dep(dep);
    CHECK(tree.lines({.name = cat("m", kCount - 1)}).size() == kCount);
    // --show-depends prints repeated steps too; they are marked.
    const auto plan = tree.plan({.name = cat("m", kCount - 1), .ignore_loaded = true});
    REQUIRE(plan.has_value());
    const auto& steps = plan->goals[0].steps;
    CHECK(steps.size() > kCount);
    CHECK(std::ranges::count(steps, false, &Step::repeated) == kCount);
}

TEST_CASE("plan_insert: stops at the end of a cycle of hard dependencies") {
    Tree tree;
    tree.dep(
        {"p.ko: q.ko r.ko p.ko", "q.ko: r.ko p.ko", "r.ko: p.ko q.ko", "s.ko: s.ko"});
    CHECK(tree.lines({.name = "p"}) == Lines{"insert p", "insert r", "insert q"});
    CHECK(tree.lines({.name = "q"}) == Lines{"insert p", "insert r", "insert q"});
    CHECK(tree.lines({.name = "s"}) == Lines{"insert s"});
}

TEST_CASE("plan_insert: the first install command replaces the load of the module") {
    Tree tree(
        "install c* first $CMDLINE_OPTS\ninstall c second\ninstall own-name /bin/true\n"
        "options c o=1\nsoftdep c pre: x\n");
    CHECK(tree.lines({.name = "c", .parameters = "p=2"}) ==
          Lines{"insert a", "insert b", "insert? x",
                "run_install c <first $CMDLINE_OPTS> o=1 p=2"});
    CHECK(tree.lines({.name = "d"}) == Lines{"insert a", "insert b", "insert? x",
                                             "run_install c <first $CMDLINE_OPTS> o=1 ",
                                             "insert d"});
    // Commands are ignored only for the named module.
    CHECK(tree.lines({.name = "c", .ignore_commands = true}) ==
          Lines{"insert a", "insert b", "insert c o=1 "});
    CHECK(tree.lines({.name = "d", .ignore_commands = true}).at(3) ==
          "run_install c <first $CMDLINE_OPTS> o=1 ");
    // A command may exist for a name without a module.
    CHECK(tree.lines({.name = "own_name"}) == Lines{"run_install own_name </bin/true>"});
    CHECK(tree.lines({.name = "own_name", .ignore_commands = true}) ==
          Lines{"missing own_name"});
    CHECK(tree.plan({.name = "own_name"})->goals[0].steps[0].command_origin.describe() ==
          cat(tree.outside("/etc/modprobe.d/test.conf"), " line 3"));
}

TEST_CASE("plan_insert: with first_time, a module loaded during planning is an error") {
    Tree tree;
    Catalog all = tree.catalog("");
    int asked = 0;
    // Loaded between the beginning of the planning and its own turn.
    const auto coming = [&asked](std::string_view name) {
        return name == "b" && ++asked > 1;
    };
    const auto first = plan_insert(all, coming, {.name = "b", .first_time = true});
    REQUIRE_FALSE(first.has_value());
    CHECK(first.error().code == EEXIST);
    asked = 0;
    const auto any = plan_insert(all, coming, {.name = "b"});
    REQUIRE(any.has_value());
    CHECK(lines_of(*any) == Lines{"insert a", "loaded b"});
}

TEST_CASE("plan_insert: a path names a file; modules.dep has its dependencies") {
    Tree tree("options b o=1\n");
    tree.files().write("opt/b.ko.xz", "");
    tree.files().write("opt/new.ko", "");
    const auto plan = tree.plan({.name = tree.outside("/opt/b.ko.xz")});
    REQUIRE(plan.has_value());
    CHECK(plan->goals[0].module.source == NameSource::path);
    CHECK(lines_of(*plan) == Lines{"insert a", "insert b o=1 "});
    CHECK(plan->goals[0].steps[1].path == tree.outside("/opt/b.ko.xz"));
    CHECK(tree.lines({.name = tree.outside("/opt/new.ko")}) == Lines{"insert new"});
    // A path is interpreted outside the root and need not be under it.
    const test::TemporaryDirectory elsewhere;
    elsewhere.write("b.ko", "");
    const auto other = tree.plan({.name = elsewhere.string() + "/b.ko"});
    REQUIRE(other.has_value());
    CHECK(other->goals[0].steps[1].path == elsewhere.string() + "/b.ko");
    CHECK(tree.error({.name = "/opt/none.ko"}) == no_module(tree, "/opt/none.ko"));
    // The kernel asks for names, even if they begin like a path.
    const std::string path = tree.outside("/opt/new.ko");
    CHECK(tree.error({.name = path, .never_path = true}) == no_module(tree, path));
}

TEST_CASE("plan_insert: a name can refer to several modules") {
    Tree tree("alias all d\nalias all x\n");
    const auto plan = tree.plan({.name = "all"});
    REQUIRE(plan.has_value());
    REQUIRE(plan->goals.size() == 2);
    CHECK(plan->goals[0].module.alias == "all");
    CHECK(plan->goals[0].module.source == NameSource::config_alias);
    CHECK(lines_of(plan->goals[1]) == Lines{"insert x"});
}

TEST_CASE("plan_insert: a goal has the line or the pattern that led to it") {
    Tree tree("alias mine-? x\n");
    const auto goal_of = [&](std::string name) {
        const auto plan = tree.plan({.name = std::move(name)});
        REQUIRE(plan.has_value());
        return plan->goals.back();
    };
    const Goal own = goal_of("mine-1");
    CHECK(own.module.source == NameSource::config_alias);
    CHECK(own.module.pattern == "mine_?");
    CHECK(own.module.origin.describe() ==
          cat(tree.outside("/etc/modprobe.d/test.conf"), " line 1"));
    const Goal card = goal_of("card:7");
    CHECK(card.module.source == NameSource::module_alias);
    CHECK(card.module.pattern == "card:*");
    CHECK(card.module.origin.empty());
    CHECK(goal_of("card:1").module.pattern == "card:1");
    CHECK(goal_of("net-pf-1").module.pattern == "net_pf_1");
    CHECK(goal_of("x").module.pattern.empty());
    CHECK(goal_of("x").module.origin.empty());
}

TEST_CASE("plan_insert: a step has the source of each of its options") {
    Tree tree("options x a=1 b=2\noptions card:9 c=3\nblacklist b\n");
    tree.command_line = "x.d=4";
    const auto plan = tree.plan({.name = "x", .parameters = "e=5 f=6"});
    REQUIRE(plan.has_value());
    const auto& sources = plan->goals[0].steps.at(0).option_sources;
    Lines texts;
    for (const auto& [text, origin] : sources)
        texts.push_back(cat(text, " of ", origin.describe()));
    CHECK(texts ==
          Lines{cat("a=1 b=2 of ", tree.outside("/etc/modprobe.d/test.conf"), " line 1"),
                "d=4 of kernel command line", "e=5 f=6 of command line"});
    // A blacklist line does not apply to dependencies.
    const auto needed = tree.plan({.name = "c"});
    REQUIRE(needed.has_value());
    CHECK(needed->goals[0].steps.at(1).blacklist.line == 3);
    CHECK(needed->goals[0].steps.at(0).blacklist.empty());
}

TEST_CASE("plan_insert: loads a module once if several of its aliases match") {
    Tree tree;
    tree.index("modules.alias.bin",
               {{"*", "x"}, {"f*", "x"}, {"fo*", "y"}, {"foo", "x"}});
    CHECK(tree.lines({.name = "foo"}) == Lines{"insert x", "insert y"});
    CHECK(tree.lines({.name = "foo", .each_match = true}) ==
          Lines{"insert x", "insert x", "insert y", "insert x"});
}

TEST_CASE("plan_insert: a module that is builtin only by its alias counts as loaded") {
    Tree tree;
    tree.index("modules.builtin.alias.bin", {{"fs_debugfs", "debugfs"}});
    CHECK(tree.lines({.name = "fs-debugfs"}) == Lines{"loaded debugfs"});
    CHECK(tree.error({.name = "fs-debugfs", .first_time = true}) ==
          "Module already in kernel");
    CHECK(tree.lines({.name = "fs-debugfs", .ignore_loaded = true}) ==
          Lines{"builtin debugfs"});
}

TEST_CASE("plan_insert: a disabled alias is reported with its line") {
    Tree tree("alias net-pf-10 off\n");
    const auto plan = tree.plan({.name = "net-pf-10"});
    REQUIRE(plan.has_value());
    CHECK(lines_of(*plan) == Lines{"missing off"});
    CHECK(plan->goals[0].steps[0].note ==
          cat("Module net_pf_10 is disabled by the alias line in ",
              tree.outside("/etc/modprobe.d/test.conf"), " line 1"));
}

TEST_CASE("plan_insert: asks a bounded number of times whether a module is loaded") {
    // Each module has the alias "*" many times, and softdeps by it on all others.
    constexpr int kModules = 40, kAliases = 50, kSoftdeps = 100;
    Tree tree;
    std::vector<Tree::Pair> aliases;
    std::vector<std::string> dep;
    std::string softdeps;
    for (int i = 0; i < kModules; ++i) {
        dep.push_back(cat("m", i, ".ko:"));
        for (int a = 0; a < kAliases; ++a) aliases.push_back({"*", cat("m", i)});
        softdeps += cat("softdep m", i, " pre:");
        for (int s = 0; s < kSoftdeps; ++s) softdeps += cat(" name", s);
        softdeps += '\n';
    }
    tree.dep(dep);
    tree.index("modules.alias.bin", aliases);
    tree.file("modules.softdep", softdeps);
    int asked = 0;
    Catalog catalog = tree.catalog();
    const auto plan = plan_insert(catalog,
                                  [&](std::string_view) {
                                      ++asked;
                                      return false;
                                  },
                                  {.name = "foo"});
    REQUIRE(plan.has_value());
    CHECK(plan->goals.size() == kModules);
    // Every goal visits every module once by its name and once by the alias.
    CHECK(asked <= kModules * (2 * kModules + 2));
}
