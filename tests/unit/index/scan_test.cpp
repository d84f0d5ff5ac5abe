// SPDX-License-Identifier: LGPL-2.1-or-later
// Which files of a tree are modules, and which of several files with the same name is
// used.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/names.hpp"
#include "base/text.hpp"
#include "catalog/scan.hpp"
#include "format/depmod_config.hpp"
#include "module_tree.hpp"

using namespace kmodpp;
using kmodpp::test::ElfBuilder;
using kmodpp::test::ModuleTree;

namespace {
using Lines = std::vector<std::string>;
const Lines kNothing;
}  // namespace

TEST_CASE("run_depmod: finds modules at any depth and ignores other files") {
    ModuleTree tree;
    for (const char* path : {"a.ko", "kernel/x/y/b.ko", "build/c.ko", "source/d.ko",
                             "kernel/build/e.ko", "updates.d/f.ko"})
        tree.module(path, kNothing);
    tree.file("kernel/readme.txt", "x");
    tree.file("kernel/.ko", "x");
    tree.file("kernel/a.ko.bz2", "x");
    tree.file("kernel/b.ko.bak", "x");
    REQUIRE(::mkdir(tree.outside("kernel/dir.ko").c_str(), 0700) == 0);
    tree.module("kernel/dir.ko/g.ko", kNothing);
    CHECK(tree.dep() ==
          "a.ko:\nkernel/dir.ko/g.ko:\nkernel/x/y/b.ko:\nupdates.d/f.ko:\n");
    tree.config("exclude x updates.d");
    CHECK(tree.dep() == "a.ko:\nkernel/dir.ko/g.ko:\n");
}

TEST_CASE("run_depmod: skips modules that are not regular files, with a warning") {
    ModuleTree tree;
    tree.module("a.ko", kNothing);
    for (const char* name : {"pipe.ko.xz", "pipe", "pipe.txt"})
        REQUIRE(::mkfifo(tree.outside(name).c_str(), 0600) == 0);
    tree.link("pipe", "linked.ko");
    tree.link("pipe.txt", "linked");
    REQUIRE(tree.run().has_value());
    CHECK(tree.read("modules.dep") == "a.ko:\n");
    Lines expected;
    for (const char* name : {"pipe.ko.xz", "linked.ko"})
        expected.push_back(
            cat("warning: ", tree.outside(name), " skipped: not a regular file"));
    CHECK(tree.messages.lines() == expected);
}

TEST_CASE("run_depmod: warns about an unreadable modules.order and works without it") {
    ModuleTree tree;
    tree.module("b.ko", kNothing);
    tree.module("a.ko", kNothing);
    REQUIRE(::unlink(tree.outside("modules.order").c_str()) == 0);
    REQUIRE(tree.run().has_value());
    CHECK(tree.messages.lines() ==
          Lines{cat("warning: could not open modules.order at ", tree.files.string(),
                    "/lib/modules/6.1.0: No such file or directory")});
    REQUIRE(::mkdir(tree.outside("modules.order").c_str(), 0700) == 0);
    REQUIRE(tree.run().has_value());
    CHECK(tree.messages.count("warning: ") == 1);
    CHECK(tree.messages.has("modules.order: not a regular file"));
    CHECK(tree.read("modules.dep") == "a.ko:\nb.ko:\n");
}

TEST_CASE("run_depmod: the configuration picks one of several files of the same name") {
    const struct {
        std::string_view config;
        std::string_view expected;
    } rows[] = {
        {"", "updates/m-x.ko:\n"},
        {"search updates built-in", "updates/m-x.ko:\n"},
        {"search extra", "extra/deep/m_x.ko:\n"},
        {"search extra/", "extra/deep/m_x.ko:\n"},
        {"search ext", "extra/deep/m_x.ko:\n"},  // no rule matches: the first by path
        {"search built-in updates extra", "kernel/m_x.ko:\n"},
        // 'built-in' matches every file that no other rule matches: the first by path.
        {"search weak built-in updates", "extra/deep/m_x.ko:\n"},
        {"search extra/deep built-in kernel", "extra/deep/m_x.ko:\n"},
        {"search updates\nsearch extra", "updates/m-x.ko:\n"},
        {"override m-x * kernel", "kernel/m_x.ko:\n"},
        {"override m_x * extra/deep", "extra/deep/m_x.ko:\n"},
        {"override m_x * extra", "updates/m-x.ko:\n"},
        {"override other * kernel", "updates/m-x.ko:\n"},
        {"override m_x ^6\\\\.1\\\\. kernel", "kernel/m_x.ko:\n"},
        {"override m_x 1.0$ kernel", "kernel/m_x.ko:\n"},
        {"override m_x ^5 kernel", "updates/m-x.ko:\n"},
        {"override m_x ^5 kernel\noverride m_x 6 extra/deep", "extra/deep/m_x.ko:\n"},
        {"override m_x * kernel\noverride m_x * extra/deep", "extra/deep/m_x.ko:\n"},
    };
    ModuleTree tree;
    for (const char* path : {"updates/m-x.ko", "kernel/m_x.ko", "extra/deep/m_x.ko"})
        tree.module(path, kNothing);
    for (const auto& row : rows) {
        CAPTURE(row.config);
        tree.config(row.config);
        CHECK(tree.dep() == row.expected);
    }
}

TEST_CASE("run_depmod: external directories are searched and written with full paths") {
    ModuleTree tree;
    tree.module("kernel/m.ko", kNothing);
    tree.files.write("opt/drv/sub/m.ko", test::ElfBuilder().build());
    tree.files.write("opt/drv/n.ko", test::ElfBuilder().build());
    const struct {
        std::string_view config;
        std::string_view expected;
    } rows[] = {
        {"external * /opt/drv\nsearch external built-in",
         "/opt/drv/n.ko:\n/opt/drv/sub/m.ko:\n"},
        {"external 6.1 /opt/drv\nsearch built-in external",
         "/opt/drv/n.ko:\nkernel/m.ko:\n"},
        {"external * /opt/drv\nsearch built-in", "/opt/drv/n.ko:\nkernel/m.ko:\n"},
        {"external ^5 /opt/drv\nsearch external", "kernel/m.ko:\n"},
        {"external * /opt/drv//\noverride m * /opt/drv/sub",
         "/opt/drv/n.ko:\n/opt/drv/sub/m.ko:\n"},
        {"external * /opt/drv/sub /opt/drv\nsearch external",
         "/opt/drv/n.ko:\n/opt/drv/sub/m.ko:\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.config);
        tree.config(row.config);
        CHECK(tree.dep() == row.expected);
    }
    const struct {
        std::string_view directory;
        std::string_view why;
    } missing[] = {{"/opt/none", "No such file or directory"},
                   {"/opt/drv/n.ko", "Not a directory"}};
    for (const auto& row : missing) {
        CAPTURE(row.directory);
        tree.config(cat("\nexternal * ", row.directory, " /opt/drv/sub"));
        REQUIRE(tree.run().has_value());
        CHECK(tree.messages.lines() ==
              Lines{cat("warning: ", tree.files.string(),
                        "/depmod.d/test.conf line 2: could not open directory ",
                        tree.files.string(), row.directory, ": ", row.why)});
        CHECK(tree.read("modules.dep") == "/opt/drv/sub/m.ko:\n");
    }
}

TEST_CASE("run_depmod: resolves symlinks within the root first") {
    ModuleTree tree;
    tree.module("kernel/real.ko", {"fn"});
    tree.files.write("opt/inside.ko", test::ElfBuilder().undefined("fn").build());
    tree.files.write("opt/more/deep.ko", test::ElfBuilder().build());
    tree.file("extra/x", "");
    tree.link("/opt/inside.ko", "extra/inside.ko");
    tree.link("../../../../opt/more", "extra/more");
    tree.link("/opt/none.ko", "extra/dangling.ko");
    tree.link("/nowhere", "extra/dangling-directory");
    tree.link(tree.files.string() + "/opt/inside.ko", "extra/same.ko");
    for (const bool confined : {false, true}) {
        CAPTURE(confined);
        tree.request.confined = confined;
        const std::string where = confined ? " under " + tree.files.string() : "";
        REQUIRE(tree.run().has_value());
        CHECK(tree.read("modules.dep") ==
              "extra/inside.ko: kernel/real.ko\nextra/more/deep.ko:\n"
              "extra/same.ko: kernel/real.ko\nkernel/real.ko:\n");
        CHECK(tree.messages.lines() ==
              Lines{cat("warning: cannot stat ", tree.outside("extra/dangling-directory"),
                        ": a link to /nowhere, which does not exist", where),
                    cat("warning: cannot stat ", tree.outside("extra/dangling.ko"),
                        ": a link to /opt/none.ko, which does not exist", where)});
    }
}

TEST_CASE("run_depmod: a link target missing under the root is taken from the host") {
    ModuleTree tree;
    const test::TemporaryDirectory host;
    host.write("store/kernel/a.ko", ElfBuilder().exports("fn", 1).build());
    host.write("store/b.ko", ElfBuilder().undefined("fn").build());
    host.write("drivers/a.ko", ElfBuilder().exports("fn", 1).build());
    tree.file("extra/x", "");
    tree.link(host.string() + "/store/kernel", "kernel");
    tree.link(host.string() + "/store/b.ko", "extra/b.ko");
    tree.config(cat("external * ", host.string(), "/drivers\nsearch built-in external"));
    CHECK(tree.dep() == "extra/b.ko: kernel/a.ko\nkernel/a.ko:\n");
    tree.config(cat("external * ", host.string(), "/drivers\nsearch external built-in"));
    CHECK(tree.dep() == cat(host.string(), "/drivers/a.ko:\nextra/b.ko: ", host.string(),
                            "/drivers/a.ko\n"));

    tree.config("");
    tree.request.confined = true;
    const auto report = tree.run();
    REQUIRE_FALSE(report.has_value());
    CHECK(report.error().message ==
          cat("none of the 2 modules or links in ", tree.files.string(),
              "/lib/modules/6.1.0 could be read: the databases were not changed"));
    CHECK(tree.read("modules.dep").starts_with(host.string()));
}

TEST_CASE("run_depmod: reports the file that is used and those that it hides") {
    ModuleTree tree;
    tree.module("updates/m.ko", kNothing);
    tree.module("kernel/m.ko", kNothing);
    tree.module("extra/m.ko", kNothing);
    CHECK(tree.dep() == "updates/m.ko:\n");
    tree.request.tell_need = [](std::string_view) {};
    REQUIRE(tree.run().has_value());
    const auto hides = [&](std::string_view priority, std::string_view hidden) {
        return cat(
            priority, ": ", tree.outside("updates/m.ko"), " hides ", tree.outside(hidden),
            ": 'updates' precedes all other directories in the default search order");
    };
    CHECK(tree.messages.lines() ==
          Lines{hides("info", "extra/m.ko"), hides("info", "kernel/m.ko")});
    tree.request.warn_duplicates = true;
    REQUIRE(tree.run().has_value());
    CHECK(tree.messages.lines() ==
          Lines{hides("warning", "extra/m.ko"), hides("warning", "kernel/m.ko")});
}

TEST_CASE("scan: states which line chooses the file of a module") {
    ModuleTree tree;
    for (const char* const file :
         {"updates/m.ko", "kernel/a/m.ko", "kernel/b/m.ko", "extra/m.ko"})
        tree.module(file, kNothing);
    const auto reasons = [&tree](std::string_view rules) {
        DepmodConfig config;
        parse_depmod_config(rules, "d.conf", config);
        const io::Root root = io::Root::open(tree.files.string()).value();
        const auto found = scan({.root = root,
                                 .directory = "/lib/modules/6.1.0",
                                 .release = "6.1.0",
                                 .config = config},
                                tree.messages);
        REQUIRE(found.has_value());
        Lines lines;
        for (const HiddenFile& file : found->hidden) {
            CHECK(file.module == "m");
            CHECK(file.path != file.taken);
            lines.push_back(cat(base_name(file.path.substr(0, file.path.rfind('/'))),
                                ": ", file.reason, " @", file.origin.line));
        }
        return lines;
    };
    CHECK(reasons("search extra built-in updates\n") ==
          Lines{"a: 'extra' precedes 'built-in' in the search order @1",
                "b: 'extra' precedes 'built-in' in the search order @1",
                "updates: 'extra' precedes 'updates' in the search order @1"});
    CHECK(
        reasons("search kernel\n") ==
        Lines{"extra: 'kernel' precedes all other directories in the search order @1",
              "b: both have the same priority, and its path comes first @0",
              "updates: 'kernel' precedes all other directories in the search order @1"});
    CHECK(reasons("search updates\noverride m * kernel/b\n").at(0) ==
          "extra: an override line selects 'kernel/b' @2");
}

TEST_CASE("kernel_matches: rejects expressions that could need much memory") {
    for (const char* const pattern : {"a{2}", "(a{1000}){1000}"})
        CHECK_FALSE(kernel_matches(pattern, "aa"));
    CHECK_FALSE(kernel_matches(std::string(129, '.'), std::string(129, 'a')));
    CHECK(kernel_matches(std::string(128, '.'), std::string(128, 'a')));
}

TEST_CASE("run_depmod: visits each directory once, by its real name, despite links") {
    ModuleTree tree;
    tree.module("kernel/z/m.ko", kNothing);
    tree.file("kernel/a/x", "");
    tree.link("..", "kernel/a/up");
    tree.link("/lib/modules/6.1.0", "kernel/a/top");
    tree.link("kernel/z", "a-first");
    tree.link("self", "self");
    tree.link("round2.ko", "round1.ko");
    tree.link("round1.ko", "round2.ko");
    REQUIRE(tree.run().has_value());
    CHECK(tree.read("modules.dep") == "kernel/z/m.ko:\n");
    CHECK(tree.messages.count("warning: ") == 3);
    CHECK(tree.messages.has("round1.ko: a link to round2.ko: Too many levels"));
    CHECK(tree.messages.has("self: a link to self: Too many levels"));
}

TEST_CASE("run_depmod: the module directory itself may be a link") {
    ModuleTree tree;
    tree.module("kernel/m.ko", kNothing);
    REQUIRE(::symlink("/lib/modules/6.1.0",
                      (tree.files.string() + "/lib/modules/linked").c_str()) == 0);
    tree.request.release = "linked";
    CHECK(tree.dep() == "kernel/m.ko:\n");
}

TEST_CASE("run_depmod: omits paths that a line of modules.dep cannot represent") {
    ModuleTree tree;
    for (const char* name : {"a.ko", "has blank.ko", "has:colon.ko", "has\nnewline.ko"})
        tree.module(name, kNothing);
    REQUIRE(tree.run().has_value());
    CHECK(tree.read("modules.dep") == "a.ko:\n");
    REQUIRE(tree.messages.lines().size() == 3);
    CHECK(tree.messages.lines()[1].contains(
        "has blank.ko skipped: modules.dep cannot represent"));
}

TEST_CASE("run_depmod: reads only the files that are named") {
    ModuleTree tree;
    tree.module("a.ko", {"a_fn"});
    tree.module("b.ko", {}, {"a_fn"});
    tree.module("c.ko", kNothing);
    tree.files.write("opt/d.ko", test::ElfBuilder().build());
    tree.files.write("opt/has blank.ko", test::ElfBuilder().build());
    REQUIRE(::mkdir(tree.outside("dir.ko").c_str(), 0700) == 0);
    const std::string root = tree.files.string();
    tree.request.module_files = {root + "/lib/modules/6.1.0/b.ko",
                                 root + "/lib/modules/6.1.0/a.ko", root + "/opt/d.ko"};
    CHECK(tree.dep() == "/opt/d.ko:\na.ko:\nb.ko: a.ko\n");
    const struct {
        std::string path;
        std::string error;
    } rows[] = {
        {"a.ko", "not an absolute path of a module file: 'a.ko'"},
        {root + "/lib/modules/6.1.0/x", "not an absolute path of a module file"},
        {root + "/lib/modules/6.1.0/none.ko", "none.ko"},
        {root + "/lib/modules/6.1.0/dir.ko", "dir.ko: not a regular file"},
        {root + "/opt/has blank.ko", "has blank.ko: modules.dep cannot represent"},
        {"/lib/modules/6.1.0/a.ko", "is not under " + root},
    };
    for (const auto& row : rows) {
        CAPTURE(row.path);
        tree.request.module_files = {row.path};
        const auto report = tree.run();
        REQUIRE_FALSE(report.has_value());
        CHECK(report.error().message.contains(row.error));
    }
}

TEST_CASE("run_depmod: a missing tree is an error") {
    ModuleTree tree;
    tree.request.release = "9.9.9";
    const auto report = tree.run();
    REQUIRE_FALSE(report.has_value());
    CHECK(report.error().message == cat("could not open directory ", tree.files.string(),
                                        "/lib/modules/9.9.9: No such file or directory"));
}

TEST_CASE("kernel_matches: takes '*' or an unanchored extended expression") {
    CHECK(kernel_matches("*", "6.1.0"));
    CHECK(kernel_matches("1\\.0", "6.1.0"));
    CHECK(kernel_matches("^6.(1|2)", "6.1.0"));
    CHECK_FALSE(kernel_matches("^1", "6.1.0"));
    CHECK_FALSE(kernel_matches("[", "6.1.0"));
}
