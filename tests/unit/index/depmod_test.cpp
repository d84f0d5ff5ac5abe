// SPDX-License-Identifier: LGPL-2.1-or-later
// Complete runs of depmod: damaged modules, and which files are written.
#include <doctest/doctest.h>
#include <fcntl.h>

#include <string>
#include <vector>

#include "module_tree.hpp"

using namespace kmodpp;
using namespace std::string_literals;
using kmodpp::test::ElfBuilder;
using kmodpp::test::kDatabases;
using kmodpp::test::ModuleTree;

namespace {

using Lines = std::vector<std::string>;

void set_time(const std::string& path, time_t seconds) {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

time_t time_of(const std::string& path) {
    struct stat status;
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mtime;
}

}  // namespace

TEST_CASE("run_depmod: lists an unreadable module without data") {
    ModuleTree tree;
    const std::string whole =
        ElfBuilder().exports("fn", 1).info("alias", "x").text(64).build();
    tree.file("cut.ko", whole.substr(0, whole.size() - 100));
    tree.file("empty.ko", "");
    tree.file("packed.ko.gz", "\x1f\x8b\x08 broken");
    tree.file("text.ko", "no module at all");
    tree.module("user.ko", {"user_fn"}, {"fn"});
    const auto report = tree.run();
    REQUIRE(report.has_value());
    CHECK(report->modules == 5);
    CHECK(report->unreadable_modules == 4);
    CHECK(tree.read("modules.dep") ==
          "cut.ko:\nempty.ko:\npacked.ko.gz:\ntext.ko:\nuser.ko:\n");
    CHECK(tree.read("modules.alias") == "# Aliases extracted from modules themselves.\n");
    REQUIRE(tree.messages.lines().size() == 4);
    std::size_t at = 0;
    for (const std::string_view name :
         {"cut.ko", "empty.ko", "packed.ko.gz", "text.ko"}) {
        const std::string& line = tree.messages.lines()[at++];
        CAPTURE(line);
        const std::string begin =
            cat("error: failed to load symbols from ", tree.outside(name), ": ");
        CHECK(line.starts_with(begin));
        CHECK(line.size() > begin.size());
    }

    tree.request.strict = true;
    tree.request.output_root = tree.files.string() + "/strict";
    const auto strict = tree.run();
    REQUIRE_FALSE(strict.has_value());
    CHECK(strict.error().message == "4 modules could not be read");
    for (const std::string_view name : kDatabases) {
        CAPTURE(name);
        const std::string path =
            cat(tree.files.string(), "/strict/lib/modules/6.1.0/", name);
        CHECK(::access(path.c_str(), F_OK) != 0);
    }
}

TEST_CASE("run_depmod: reports each dependency between two modules once") {
    ModuleTree tree;
    tree.module("a.ko", {"a_one", "a_two"});
    tree.module("b.ko", {}, {"a_two", "a_one", "printk"});
    Lines lines;
    tree.request.tell_need = [&lines](std::string_view line) {
        lines.emplace_back(line);
    };
    REQUIRE(tree.run().has_value());
    CHECK(lines ==
          Lines{cat(tree.outside("b.ko"), " needs \"a_two\": ", tree.outside("a.ko"))});
}

TEST_CASE("run_depmod: reads the symbols of the kernel from a pipe") {
    ModuleTree tree;
    tree.module("a.ko", {}, {"printk", "nowhere"});
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    constexpr std::string_view kMap = "ffff T __ksymtab_printk\n";
    REQUIRE(::write(ends[1], kMap.data(), kMap.size()) ==
            static_cast<ssize_t>(kMap.size()));
    ::close(ends[1]);
    tree.request.system_map = cat("/proc/self/fd/", ends[0]);
    tree.request.report_unknown_symbols = true;
    REQUIRE(tree.run().has_value());
    ::close(ends[0]);
    CHECK(tree.messages.lines() ==
          Lines{cat("warning: ", tree.outside("a.ko"), " needs unknown symbol nowhere")});
}

TEST_CASE("run_depmod: with a cache, makes the databases of changed facts again") {
    ModuleTree tree;
    tree.request.cache = InspectionCacheUse::file;
    tree.request.cache_file = tree.files.string() + "/cache";
    const auto write = [&tree](std::string_view alias, std::uint32_t crc) {
        tree.module(
            "a.ko",
            test::ElfBuilder().exports("a_fn", crc).info("alias", std::string(alias)));
    };
    const auto is_up_to_date = [&tree] {
        const auto report = tree.run();
        REQUIRE(report.has_value());
        CHECK(tree.messages.lines() == Lines{});
        return report->up_to_date;
    };
    write("one", 1);
    CHECK_FALSE(is_up_to_date());
    // The module is read again, because it has just been written.
    CHECK(is_up_to_date());
    write("one", 2);
    CHECK(is_up_to_date());
    write("two", 2);
    CHECK_FALSE(is_up_to_date());
    CHECK(tree.read("modules.alias") ==
          "# Aliases extracted from modules themselves.\nalias two a\n");
    CHECK(tree.read("modules.dep") == "a.ko:\n");
    CHECK(is_up_to_date());
    tree.file("modules.alias", "junk");
    CHECK_FALSE(is_up_to_date());
    CHECK(tree.read("modules.alias").ends_with("alias two a\n"));
}

TEST_CASE("run_depmod: never overwrites a file that is not a cache") {
    ModuleTree tree;
    tree.module("a.ko", {"a_fn"});
    tree.files.write("precious", "not a cache");
    tree.request.cache = InspectionCacheUse::file;
    tree.request.cache_file = tree.files.string() + "/precious";
    REQUIRE(tree.run().has_value());
    CHECK(tree.files.read("precious") == "not a cache");
    REQUIRE(tree.messages.lines().size() == 2);
    CHECK(tree.messages.lines()[1] ==
          cat("warning: no cache for the next run: ", tree.request.cache_file,
              " exists and is not an inspection cache"));
    CHECK(tree.read("modules.dep") == "a.ko:\n");
}

TEST_CASE("run_depmod: a dry run returns the texts and writes nothing") {
    ModuleTree tree;
    tree.module("a.ko", {"a_fn"});
    tree.request.dry_run = true;
    const auto report = tree.run();
    REQUIRE(report.has_value());
    Lines names;
    for (const auto& [name, text] : report->texts) names.push_back(name);
    CHECK(names == Lines{"modules.dep", "modules.alias", "modules.softdep",
                         "modules.weakdep", "modules.symbols", "modules.devname"});
    CHECK(report->texts[0].second == "a.ko:\n");
    for (const std::string_view name : kDatabases) CHECK_FALSE(tree.has(name));
}

TEST_CASE("run_depmod: writes the databases under the output root") {
    ModuleTree tree;
    tree.module("a.ko", {"a_fn"});
    REQUIRE(::mkdir((tree.files.string() + "/out").c_str(), 0700) == 0);
    tree.request.output_root = tree.files.string() + "/out";
    REQUIRE(tree.run().has_value());
    for (const std::string_view name : kDatabases) {
        CAPTURE(name);
        CHECK_FALSE(tree.has(name));
        CHECK_NOTHROW((void)tree.files.read(cat("out/lib/modules/6.1.0/", name)));
    }
    CHECK(tree.files.read("out/lib/modules/6.1.0/modules.dep") == "a.ko:\n");
}

TEST_CASE("run_depmod: an invalid release is an error, and nothing is written") {
    ModuleTree tree;
    tree.module("a.ko", {"a_fn"});
    for (const char* const release : {"", ".", "..", "../modules/6.1.0", "6.1.0/"}) {
        CAPTURE(release);
        tree.request.release = release;
        const auto report = tree.run();
        REQUIRE_FALSE(report.has_value());
        CHECK(report.error().kind == ErrorKind::malformed);
        CHECK(report.error().code == EINVAL);
        CHECK(report.error().message == cat("'", release,
                                            "' is not a valid kernel release: expected a "
                                            "directory name such as 6.1.0"));
        CHECK_FALSE(tree.has("modules.dep"));
        CHECK_FALSE(tree.has("../modules.dep"));
    }
}

TEST_CASE("run_depmod: reads and writes the module directory that the request names") {
    ModuleTree tree;
    tree.files.write("usr/lib/modules/6.1.0/x/a.ko", ElfBuilder().build());
    tree.request.module_directory = "/usr/lib/modules";
    REQUIRE(tree.run().has_value());
    CHECK(tree.files.read("usr/lib/modules/6.1.0/modules.dep") == "x/a.ko:\n");
    CHECK_FALSE(tree.has("modules.dep"));
}

TEST_CASE(
    "run_depmod: without a cache, names and times show whether anything has changed") {
    constexpr time_t kFuture = 4'000'000'000;
    const struct {
        std::string_view change;
        void (*apply)(ModuleTree&);
        bool up_to_date;
    } rows[] = {
        {"nothing", [](ModuleTree&) {}, true},
        {"a newer module",
         [](ModuleTree& tree) { set_time(tree.outside("a.ko"), kFuture + 1); }, false},
        {"another module", [](ModuleTree& tree) { tree.file("c.ko", "no module"); },
         false},
        {"a removed module",
         [](ModuleTree& tree) { ::unlink(tree.outside("a.ko").c_str()); }, false},
        {"another order",
         [](ModuleTree& tree) { tree.file("modules.order", "b.ko\na.ko\n"); }, false},
        {"an order that changes nothing",
         [](ModuleTree& tree) { tree.file("modules.order", "a.ko\nb.ko\n"); }, true},
        {"an exclude line",
         [](ModuleTree& tree) {
             tree.module("sub/a.ko", {"x"});
             tree.config("exclude sub\nsearch sub built-in\n");
         },
         true},
        {"a search line",
         [](ModuleTree& tree) {
             tree.module("sub/a.ko", {"x"});
             tree.config("search sub built-in\n");
         },
         false},
        {"a newer list of built-in modules",
         [](ModuleTree& tree) { set_time(tree.outside("modules.builtin"), kFuture + 1); },
         false},
        {"a removed database",
         [](ModuleTree& tree) { ::unlink(tree.outside("modules.softdep").c_str()); },
         false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.change);
        ModuleTree tree;
        tree.module("a.ko", {"a_fn"});
        tree.module("b.ko", {"b_fn"});
        tree.request.only_if_changed = true;
        CHECK_FALSE(tree.run()->up_to_date);  // there are no databases yet
        for (const std::string_view name : kDatabases)
            set_time(tree.outside(name), kFuture);
        row.apply(tree);
        CHECK(tree.run()->up_to_date == row.up_to_date);
    }
}

TEST_CASE("run_depmod: does not write files whose contents would not change") {
    ModuleTree tree;
    tree.module("a.ko", {"a_fn"});
    REQUIRE(tree.run().has_value());
    for (const std::string_view name : kDatabases) set_time(tree.outside(name), 1000);
    tree.module("a.ko", ElfBuilder().exports("a_fn", 1).info("alias", "new"));
    REQUIRE(tree.run().has_value());
    for (const std::string_view name : kDatabases) {
        CAPTURE(name);
        CHECK((time_of(tree.outside(name)) == 1000) ==
              !name.starts_with("modules.alias"));
    }
}

TEST_CASE("run_depmod: writes the same files with any number of threads") {
    ModuleTree tree;
    for (int i = 0; i < 150; ++i) {
        if (i % 20 == 7) {
            tree.file(cat("kernel/m", i, ".ko"), "broken");
            continue;
        }
        ElfBuilder builder;
        builder.exports(cat("fn", i), 1).info("alias", cat("a:", i % 10, "*"));
        if (i % 5 != 0) builder.undefined(cat("fn", i - 1));
        tree.module(cat("kernel/m", i, ".ko"), builder);
    }
    std::vector<std::string> contents;
    Lines remarks;
    for (const unsigned jobs : {1u, 4u, 0u, 64u}) {
        CAPTURE(jobs);
        for (const std::string_view name : kDatabases)
            ::unlink(tree.outside(name).c_str());
        tree.request.jobs = jobs;
        REQUIRE(tree.run().has_value());
        std::vector<std::string> now;
        for (const std::string_view name : kDatabases) now.push_back(tree.read(name));
        if (contents.empty()) {
            contents = now;
            remarks = tree.messages.lines();
            CHECK(remarks.size() == 8);
        }
        CHECK(contents == now);
        CHECK(remarks == tree.messages.lines());
    }
}

TEST_CASE("run_depmod: an output that cannot be written is an error that names it") {
    ModuleTree tree;
    tree.module("a.ko", {"a_fn"});
    tree.files.write("out/lib/modules", "a file in the way");
    tree.request.output_root = tree.files.string() + "/out";
    const auto report = tree.run();
    REQUIRE_FALSE(report.has_value());
    CHECK(report.error().message.contains(tree.files.string() + "/out/lib/modules"));
}

TEST_CASE("run_depmod: reports bad lines of the configuration and applies the others") {
    ModuleTree tree;
    tree.module("x/a.ko", {"a_fn"});
    tree.config("nonsense\nexclude x\ninclude y\n");
    REQUIRE(tree.run().has_value());
    const std::string file = tree.files.string() + "/depmod.d/test.conf";
    CHECK(tree.messages.lines() ==
          Lines{cat("warning: ", file,
                    " line 1: ignoring bad line starting with 'nonsense'"),
                cat("warning: ", file, " line 3: command include is not implemented")});
    CHECK(tree.read("modules.dep") == "");
}

TEST_CASE("run_depmod: keeps the databases if no module at all can be read") {
    ModuleTree tree;
    tree.module("a.ko", {"a_fn"});
    REQUIRE(tree.run().has_value());
    tree.file("a.ko", "damaged");
    tree.file("b.ko", "");
    const auto report = tree.run();
    REQUIRE_FALSE(report.has_value());
    CHECK(report.error().message.starts_with("none of the 2 modules or links in "));
    CHECK(tree.read("modules.symbols").ends_with("alias symbol:a_fn a\n"));
}

TEST_CASE("run_depmod: a run with nothing to do is silent") {
    ModuleTree tree;
    tree.module("a.ko", {"a_fn"});
    REQUIRE(::unlink(tree.outside("modules.order").c_str()) == 0);
    tree.request.only_if_changed = true;
    REQUIRE(tree.run().has_value());
    CHECK(tree.messages.has("could not open modules.order"));
    for (const std::string_view name : kDatabases)
        set_time(tree.outside(name), ::time(nullptr) + 10);
    const auto again = tree.run();
    REQUIRE(again.has_value());
    CHECK(again->up_to_date);
    CHECK(tree.messages.lines() == Lines{});
}

TEST_CASE("run_depmod: warns about modules that were built for another release") {
    ModuleTree tree;
    const auto module = [&](std::string_view path, std::string_view release,
                            std::optional<std::uint32_t> layout) {
        ElfBuilder builder;
        builder.info("vermagic", cat(release, " SMP mod_unload modversions "));
        if (layout) builder.version("module_layout", *layout);
        tree.module(path, builder);
    };
    const auto built_for = [&](std::string_view path, std::string_view release) {
        return cat("warning: ", tree.outside(path), " was built for release ", release,
                   ", not for 6.1.0: the kernel will refuse to load it");
    };
    module("own.ko", "6.1.0", 0x10);
    module("weak-updates/fits.ko", "6.0.0", 0x10);
    module("weak-updates/other.ko", "6.0.0", 0x11);
    module("extra/plain.ko", "5.0.0", std::nullopt);
    tree.module("extra/without.ko", {"fn"});
    REQUIRE(tree.run().has_value());
    CHECK(tree.messages.lines() == Lines{built_for("extra/plain.ko", "5.0.0"),
                                         built_for("weak-updates/other.ko", "6.0.0")});

    for (int i = 1; i <= 7; ++i) module(cat("extra/more", i, ".ko"), "5.0.0", {});
    REQUIRE(tree.run().has_value());
    REQUIRE(tree.messages.lines().size() == 7);
    CHECK(tree.messages.lines()[5] ==
          "warning: 3 more modules were built for release 5.0.0");
}

TEST_CASE("run_depmod: warns once if all modules were built for another release") {
    ModuleTree tree;
    for (int i = 1; i <= 7; ++i)
        tree.module(cat("m", i, ".ko"), ElfBuilder().info("vermagic", "5.0.0 SMP "));
    REQUIRE(tree.run().has_value());
    CHECK(tree.messages.lines() ==
          Lines{"warning: all 7 modules were built for release 5.0.0, not for 6.1.0"});
}

TEST_CASE("run_depmod: root does not write through a link that leaves the root") {
    ModuleTree tree;
    const test::TemporaryDirectory host;
    host.write("tree/a.ko", ElfBuilder().exports("fn", 1).build());
    for (const char* const name :
         {"modules.order", "modules.builtin", "modules.builtin.modinfo"})
        host.write(cat("tree/", name), "");
    const std::string link = tree.files.string() + "/lib/modules/linked";
    REQUIRE(::symlink((host.string() + "/tree").c_str(), link.c_str()) == 0);
    tree.request.release = "linked";
    const auto report = tree.run();
    if (::geteuid() != 0) {
        REQUIRE(report.has_value());
        CHECK(host.read("tree/modules.dep") == "a.ko:\n");
        return;
    }
    REQUIRE_FALSE(report.has_value());
    CHECK(report.error().kind == ErrorKind::denied);
    CHECK(report.error().message.starts_with(cat(link, " is a link to ", host.string(),
                                                 "/tree, outside of ",
                                                 tree.files.string(), ": ")));
    CHECK(::access((host.string() + "/tree/modules.dep").c_str(), F_OK) != 0);
    tree.request.output_root = tree.files.string() + "/out";
    REQUIRE(tree.run().has_value());
    CHECK(tree.files.read("out/lib/modules/linked/modules.dep") == "a.ko:\n");
}
