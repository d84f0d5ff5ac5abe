// SPDX-License-Identifier: LGPL-2.1-or-later
// Plans of removals: which modules are removed, in which order, and which are kept.
#include <doctest/doctest.h>

#include <cerrno>
#include <string>

#include "plan/resolver.hpp"
#include "plan_lines.hpp"
#include "support/module_directory.hpp"

using namespace kmodpp;
using kmodpp::test::Lines;
using kmodpp::test::lines_of;
using kmodpp::test::ModuleDirectory;

namespace {

/// d needs c, b and a; c needs b and a; b needs a. x and y have no dependencies.
class RemovalTree : public ModuleDirectory {
public:
    explicit RemovalTree(std::string_view text = "") {
        dep({"d.ko: c.ko b.ko a.ko", "c.ko: b.ko a.ko", "b.ko: a.ko",
             "a.ko:", "x.ko:", "y.ko:"});
        index("modules.builtin.bin", {{"unix", ""}});
        index("modules.alias.bin", {{"card:*", "x"}, {"card:1", "y"}});
        config(text);
    }

    std::vector<LoadedModule> loaded;

    /// \param users references beyond those of the holders
    void load(std::string name, std::vector<std::string> holders = {}, long users = 0) {
        const long references = static_cast<long>(holders.size()) + users;
        loaded.push_back({.name = std::move(name),
                          .refcount = references,
                          .holders = std::move(holders)});
    }
    /// The whole chain, with d unused.
    void load_chain() {
        load("d");
        load("c", {"d"});
        load("b", {"c", "d"});
        load("a", {"b", "c", "d"});
    }

    Result<Plan> plan(const RemoveRequest& request) {
        Catalog all = catalog();
        return plan_remove(all, loaded, request);
    }
    Lines lines(const RemoveRequest& request) {
        const auto made = plan(request);
        REQUIRE(made.has_value());
        return lines_of(*made);
    }
};

}  // namespace

TEST_CASE("plan_remove: removes every dependency that becomes unused, users first") {
    RemovalTree tree;
    tree.load_chain();
    CHECK(tree.lines({.name = "d"}) ==
          Lines{"remove d", "remove? c", "remove? b", "remove? a"});
    CHECK(to_string(tree.plan({.name = "d"})->goals[0].steps[2].cause) ==
          "no longer used by c");
}

TEST_CASE("plan_remove: keeps a dependency that another module uses") {
    RemovalTree tree;
    tree.load("d");
    tree.load("other", {});
    tree.load("c", {"d"});
    tree.load("b", {"c", "d", "other"});
    tree.load("a", {"b", "c", "d"});
    CHECK(tree.lines({.name = "d"}) ==
          Lines{"remove d", "remove? c", "kept? b", "kept? a"});
    const auto plan = tree.plan({.name = "d"});
    CHECK(plan->goals[0].steps[2].note == "used by other");
    CHECK(plan->goals[0].steps[3].note == "used by b");
}

TEST_CASE("plan_remove: keeps a dependency that is in use, permanent or uncounted") {
    RemovalTree tree;
    tree.load("b");
    tree.load("a", {"b"}, 1);
    const auto why_kept = [&] {
        CHECK(tree.lines({.name = "b"}) == Lines{"remove b", "kept? a"});
        return tree.plan({.name = "b"})->goals[0].steps.back().note;
    };
    CHECK(why_kept() == "in use");
    tree.loaded[1].refcount = 1;
    CHECK(tree.lines({.name = "b"}) == Lines{"remove b", "remove? a"});
    tree.loaded[1].permanent = true;
    CHECK(why_kept() == "permanent");
    tree.loaded[1].permanent = false;
    tree.loaded[1].refcount.reset();
    CHECK(why_kept() == "the kernel does not report whether it is in use");
}

TEST_CASE("plan_remove: refuses modules that are in use, builtin or unknown") {
    RemovalTree tree;
    tree.load_chain();
    tree.load("x", {}, 2);
    const struct {
        RemoveRequest request;
        ErrorKind kind;
        int code;
        std::string_view error;
    } rows[] = {
        {{.name = "b"}, ErrorKind::busy, EBUSY, "Module b is in use."},
        {{.name = "x"}, ErrorKind::busy, EBUSY, "Module x is in use."},
        {{.name = "x", .remove_holders = true},
         ErrorKind::busy,
         EBUSY,
         "Module x is in use."},
        {{.name = "unix"}, ErrorKind::not_found, ENOENT, "Module unix is builtin."},
        {{.name = "zz\x1b"}, ErrorKind::not_found, ENOENT, "Module zz\\x1b not found."},
        {{.name = "y", .first_time = true},
         ErrorKind::not_found,
         ENOENT,
         "Module y is not in kernel."},
    };
    for (const auto& row : rows) {
        CAPTURE(row.error);
        const auto plan = tree.plan(row.request);
        REQUIRE_FALSE(plan.has_value());
        CHECK(plan.error().kind == row.kind);
        CHECK(plan.error().code == row.code);
        CHECK(plan.error().message == row.error);
    }
    CHECK(tree.lines({.name = "y"}) == Lines{"skipped not loaded"});
    CHECK(tree.lines({.name = "x", .wait = true}) == Lines{"remove x"});
    // Another process may remove the holders in time; then they do not use a either.
    CHECK(tree.lines({.name = "b", .wait = true}) == Lines{"remove b", "remove? a"});
}

TEST_CASE("plan_remove: removes holders first, and their holders before them") {
    RemovalTree tree;
    tree.load_chain();
    CHECK(tree.lines({.name = "a", .remove_holders = true}) ==
          Lines{"remove d", "remove c", "remove b", "remove a"});
    CHECK(
        to_string(
            tree.plan({.name = "a", .remove_holders = true})->goals[0].steps[0].cause) ==
        "uses c");
    tree.loaded[0].refcount = 1;
    const auto busy = tree.plan({.name = "a", .remove_holders = true});
    REQUIRE_FALSE(busy.has_value());
    CHECK(busy.error().message == "Module d is in use.");
}

TEST_CASE("plan_remove: removes soft dependencies around their module in reverse order") {
    RemovalTree tree(
        "softdep d pre: x y post: s t\nalias s s1\nalias s s2\nalias t t1\n");
    tree.load_chain();
    for (const char* name : {"x", "y", "s1", "s2", "t1"}) tree.load(name);
    CHECK(tree.lines({.name = "d"}) == Lines{"remove? t1", "remove? s2", "remove? s1",
                                             "remove d", "remove? c", "remove? b",
                                             "remove? a", "remove? y", "remove? x"});
    CHECK(tree.lines({.name = "d", .ignore_commands = true}) ==
          Lines{"remove d", "remove? c", "remove? b", "remove? a"});
    for (LoadedModule& module : tree.loaded)
        if (module.name == "y") module.refcount = 1;
    const Lines lines = tree.lines({.name = "d"});
    CHECK(lines.at(lines.size() - 2) == "remove? x");
    CHECK(lines.back() == "kept? y");
}

TEST_CASE("plan_remove: removes a soft dependency that becomes unused later") {
    RemovalTree tree("softdep b post: a\n");
    tree.load("b");
    tree.load("a", {"b"});
    CHECK(tree.lines({.name = "b"}) == Lines{"remove b", "remove? a"});
}

TEST_CASE("plan_remove: stops at the end of a cycle of soft dependencies") {
    RemovalTree tree("softdep x pre: y\nsoftdep y post: x\n");
    tree.load("x");
    tree.load("y");
    CHECK(tree.lines({.name = "x"}) == Lines{"remove x", "remove? y"});
}

TEST_CASE("plan_remove: a remove command replaces the removal of the module") {
    RemovalTree tree(
        "remove x* stop\nremove x other\nremove ghost bye\nremove c after\n");
    tree.load("x", {}, 3);
    CHECK(tree.lines({.name = "x"}) == Lines{"run_remove x <stop>"});
    CHECK(tree.plan({.name = "x"})->goals[0].steps[0].command_origin.describe() ==
          cat(tree.outside("/etc/modprobe.d/test.conf"), " line 1"));
    // Neither loaded nor a module.
    CHECK(tree.lines({.name = "ghost"}) == Lines{"run_remove ghost <bye>"});
    CHECK_FALSE(tree.plan({.name = "x", .ignore_commands = true}).has_value());
    tree.load_chain();
    CHECK(tree.lines({.name = "d"}) ==
          Lines{"remove d", "run_remove? c <after>", "kept? b", "kept? a"});
}

TEST_CASE("plan_remove: a remove command is responsible for the dependencies") {
    RemovalTree tree("remove d stop\nsoftdep d pre: x post: y\n");
    tree.load_chain();
    tree.load("x");
    tree.load("y");
    CHECK(tree.lines({.name = "d"}) ==
          Lines{"remove? y", "run_remove d <stop>", "remove? x"});
    CHECK(tree.lines({.name = "d", .ignore_commands = true}) ==
          Lines{"remove d", "remove? c", "remove? b", "remove? a"});
}

TEST_CASE("plan_remove: does not remove a module that is builtin only by its alias") {
    RemovalTree tree;
    tree.index("modules.builtin.alias.bin", {{"fs_debugfs", "debugfs"}});
    const auto plan = tree.plan({.name = "fs-debugfs"});
    REQUIRE_FALSE(plan.has_value());
    CHECK(plan.error().message == "Module debugfs is builtin.");
}

TEST_CASE(
    "plan_remove: accepts aliases, paths, and modules without an entry in modules.dep") {
    RemovalTree tree;
    tree.load("x");
    tree.load("y");
    tree.load("by_hand");
    CHECK(tree.lines({.name = "card:1"}) == Lines{"remove x", "remove y"});
    CHECK(tree.lines({.name = "/some/where/by-hand.ko.xz"}) == Lines{"remove by_hand"});
    CHECK(tree.lines({.name = "by-hand"}) == Lines{"remove by_hand"});
}

TEST_CASE("plan_remove: applies every softdep line, in reverse order") {
    RemovalTree tree("softdep d pre: x\nsoftdep d pre: y post: s\n");
    tree.file("modules.softdep", "softdep d pre: z post: t\n");
    for (const char* name : {"d", "x", "y", "z", "s", "t"}) tree.load(name);
    tree.dep({"d.ko:", "x.ko:", "y.ko:", "z.ko:", "s.ko:", "t.ko:"});
    CHECK(tree.lines({.name = "d"}) == Lines{"remove? t", "remove? s", "remove d",
                                             "remove? z", "remove? y", "remove? x"});
}

TEST_CASE("plan_remove: handles a thousand dependencies, holders and softdeps") {
    constexpr int kDepth = 1000;
    std::string text;
    std::vector<std::string> dep;
    RemovalTree tree;
    for (int i = 0; i < kDepth; ++i) {
        text += cat("softdep m", i, " pre: m", i - 1, " post: m", i + 1, "\n");
        dep.push_back(cat("m", i, ".ko:"));
        for (int below = i - 1; below >= 0; --below)
            dep.back() += cat(" m", below, ".ko");
        // The kernel only knows direct users.
        tree.load(cat("m", i), i + 1 < kDepth ? Lines{cat("m", i + 1)} : Lines{});
    }
    tree.dep(dep);
    CHECK(tree.lines({.name = cat("m", kDepth - 1)}).size() == kDepth);
    CHECK(tree.lines({.name = "m0", .remove_holders = true}).size() == kDepth);
    tree.config(text);
    CHECK(tree.lines({.name = cat("m", kDepth - 1)}).size() == kDepth);
    CHECK(tree.lines({.name = "m0", .remove_holders = true}).size() == kDepth);
}

TEST_CASE("plan_remove: tries busy soft dependencies in bounded time") {
    // If each were tried again after every other one, this would take 300! steps.
    constexpr int kCount = 300;
    std::string text, all;
    for (int i = 0; i < kCount; ++i) all += cat(" m", i);
    RemovalTree tree;
    std::vector<std::string> dep;
    for (int i = 0; i < kCount; ++i) {
        text += cat("softdep m", i, " pre:", all, " post:", all, "\n");
        dep.push_back(cat("m", i, ".ko:"));
        tree.load(cat("m", i), {}, i == 0 ? 0 : 1);
    }
    tree.dep(dep);
    tree.config(text);
    const Lines lines = tree.lines({.name = "m0"});
    CHECK(lines.size() == kCount);
    CHECK(std::ranges::count(lines, "remove m0") == 1);
    for (LoadedModule& module : tree.loaded) module.refcount = 0;
    CHECK(tree.lines({.name = "m0"}).size() == kCount);
}

TEST_CASE("plan_remove: modules that hold each other are an error") {
    RemovalTree tree;
    tree.load("x", {"y"});
    tree.load("y", {"x"});
    const auto plan = tree.plan({.name = "x", .remove_holders = true});
    REQUIRE_FALSE(plan.has_value());
    CHECK(plan.error().message == "Module y is in use.");
}
