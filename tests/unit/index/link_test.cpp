// SPDX-License-Identifier: LGPL-2.1-or-later
// Dependencies between modules: order, cycles, unknown symbols and versions.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "module_tree.hpp"

using namespace kmodpp;
using kmodpp::test::ElfBuilder;
using kmodpp::test::ModuleTree;

namespace {

using Lines = std::vector<std::string>;

/// Modules a, b, … that need those named after the colon: "a:bc b:c".
void add_modules(const ModuleTree& tree, std::string_view text) {
    for (const std::string_view word : split_words(text)) {
        Lines needs;
        for (const char need : word.substr(2)) needs.push_back(cat(need, "_fn"));
        tree.module(cat(word[0], ".ko"), {cat(word[0], "_fn")}, needs);
    }
}

}  // namespace

TEST_CASE("run_depmod: lists a dependency after the modules that need it") {
    const struct {
        std::string_view modules;
        std::string_view dep;
    } rows[] = {
        {"a: b:a c:b d:c", "a.ko:\nb.ko: a.ko\nc.ko: b.ko a.ko\nd.ko: c.ko b.ko a.ko\n"},
        {"a:b b:c c: d:ac", "a.ko: b.ko c.ko\nb.ko: c.ko\nc.ko:\nd.ko: a.ko b.ko c.ko\n"},
        {"a: b:a c:a d:bc", "a.ko:\nb.ko: a.ko\nc.ko: a.ko\nd.ko: c.ko b.ko a.ko\n"},
        {"a:bbb b:", "a.ko: b.ko\nb.ko:\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.modules);
        ModuleTree tree;
        add_modules(tree, row.modules);
        CHECK(tree.dep() == row.dep);
    }
}

TEST_CASE("run_depmod: reports every cycle once, in its shortest form") {
    const struct {
        std::string_view name;
        std::string_view modules;
        Lines cycles;
        int members;
    } rows[] = {
        {"two", "a:b b:a", {"a -> b -> a"}, 2},
        {"three", "a:b b:c c:a", {"a -> b -> c -> a"}, 3},
        {"a dependent of a cycle", "a:b b:c c:b d:a e:", {"b -> c -> b"}, 2},
        {"a dependency of a cycle", "a:b b:ac c:d d:", {"a -> b -> a"}, 2},
        {"needs itself", "a:a b:a", {"a -> a"}, 1},
        {"two cycles", "a:b b:a c:d d:c", {"a -> b -> a", "c -> d -> c"}, 4},
        {"two that share their lowest member",
         "a:bc b:a c:a",
         {"a -> b -> a", "a -> c -> a"},
         3},
        {"short cut",
         "a:b b:cd c:d d:a",
         {"a -> b -> d -> a", "a -> b -> c -> d -> a"},
         4},
        {"six that all need each other",
         "a:bcdef b:acdef c:abdef d:abcef e:abcdf f:abcde",
         {"a -> b -> a", "a -> c -> a", "a -> d -> a", "a -> e -> a", "a -> f -> a",
          "b -> c -> b", "b -> d -> b", "b -> e -> b", "b -> f -> b", "c -> d -> c",
          "c -> e -> c", "c -> f -> c", "d -> e -> d", "d -> f -> d", "e -> f -> e"},
         6},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        ModuleTree tree;
        add_modules(tree, row.modules);
        const auto report = tree.run();
        REQUIRE_FALSE(report.has_value());
        CHECK(report.error().kind == ErrorKind::conflict);
        CHECK(report.error().message ==
              cat("Found ", row.members, " modules in dependency cycles!"));
        Lines expected;
        for (const std::string& cycle : row.cycles)
            expected.push_back("error: Cycle detected: " + cycle);
        CHECK(tree.messages.lines() == expected);
        for (const std::string_view name : test::kDatabases) CHECK_FALSE(tree.has(name));
    }
}

TEST_CASE("run_depmod: reports symbols that no module and no kernel provides") {
    ModuleTree tree;
    tree.module("m.ko", ElfBuilder()
                            .exports("own", 1)
                            .undefined("own_too")
                            .undefined("printk")
                            .undefined("missing")
                            .undefined_weak("missing_weak")
                            .undefined("__this_module"));
    tree.module("n.ko", {"own_too"});
    const std::string missing =
        cat("warning: ", tree.outside("m.ko"), " needs unknown symbol ");
    tree.files.write("symvers",
                     "0x00000001\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n"
                     "0x00000001\tmissing\tkernel/other\tEXPORT_SYMBOL_GPL\t\n");
    tree.files.write("map",
                     "ffffffff81000000 T printk\n"
                     "ffffffff81000010 r __ksymtab_printk\n"
                     "U\n");
    tree.request.report_unknown_symbols = true;

    REQUIRE(tree.run().has_value());
    CHECK(tree.messages.lines() ==
          Lines{});  // without symbols of the kernel, none is unknown

    tree.request.symvers = tree.files.string() + "/symvers";
    REQUIRE(tree.run().has_value());
    CHECK(tree.messages.lines() ==
          Lines{cat("warning: ", tree.outside("m.ko"),
                    " disagrees about version of symbol own_too"),
                cat("warning: ", tree.outside("m.ko"),
                    " disagrees about version of symbol printk"),
                missing + "missing"});

    tree.request.system_map = tree.files.string() + "/map";
    tree.request.symvers.clear();
    REQUIRE(tree.run().has_value());
    CHECK(tree.messages.lines() == Lines{missing + "missing"});

    tree.files.write("map", "ffffffff81000000 T printk\n");
    REQUIRE(tree.run().has_value());
    // Debian installs a stub of System.map, which would make every symbol unknown.
    CHECK(tree.messages.lines() ==
          Lines{cat("warning: ", tree.request.system_map,
                    " lists no symbol that the kernel exports: unknown symbols cannot be "
                    "reported. Debian has the real System.map in the package "
                    "linux-image-6.1.0-dbg")});

    tree.request.report_unknown_symbols = false;
    REQUIRE(tree.run().has_value());
    CHECK(tree.messages.lines() == Lines{});
}

TEST_CASE("run_depmod: a file of kernel symbols that is damaged or missing is an error") {
    ModuleTree tree;
    tree.request.symvers = tree.files.string() + "/symvers";
    CHECK_FALSE(tree.run().has_value());
    const struct {
        std::string_view text;
        std::string_view error;
    } rows[] = {
        {"0x1\ta\tvmlinux\n0x1 b\n", ": line 2: not a row of this format: '0x1"},
        {"0xzz\ta\tvmlinux\n", ": line 1: not a row of this format: '0xzz"},
        {"0x\ta\tvmlinux\n", ": line 1: not a row of this format"},
        {"-1\ta\tvmlinux\n", ": line 1: not a row of this format"},
        {"0x123456789\ta\tvmlinux\n", ": line 1: not a row of this format"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        tree.files.write("symvers", row.text);
        const auto report = tree.run();
        REQUIRE_FALSE(report.has_value());
        CHECK(report.error().message.starts_with(
            cat(tree.files.string(), "/symvers", row.error)));
    }
}

TEST_CASE("run_depmod: compares versions if unknown symbols are reported") {
    ModuleTree tree;
    tree.module("owner.ko", ElfBuilder()
                                .exports("fn", 0x10)
                                .exports("weak_fn", 0x20)
                                .exports("bare_fn", {})
                                .exports("zero_fn", 0));
    tree.module("user.ko", ElfBuilder()
                               .undefined("fn")
                               .undefined("printk")
                               .undefined("unversioned")
                               .undefined("bare_fn")
                               .undefined("zero_fn")
                               .undefined("bare_kernel_fn")
                               .undefined("__this_module")
                               .undefined_weak("weak_fn")
                               .version("fn", 0x11)
                               .version("printk", 0x31)
                               .version("bare_fn", 0x41)
                               .version("weak_fn", 0x21));
    tree.files.write("symvers",
                     "0x00000030\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n"
                     "40\tunversioned\tvmlinux\tEXPORT_SYMBOL\t\n"
                     "0x00000000\tbare_kernel_fn\tvmlinux\tEXPORT_SYMBOL\t\n");
    tree.request.report_unknown_symbols = true;
    CHECK(tree.dep() == "owner.ko:\nuser.ko: owner.ko\n");
    tree.request.symvers = tree.files.string() + "/symvers";
    REQUIRE(tree.run().has_value());
    Lines expected;
    for (const char* name : {"fn", "printk", "unversioned", "bare_fn"})
        expected.push_back(cat("warning: ", tree.outside("user.ko"),
                               " disagrees about version of symbol ", name));
    CHECK(tree.messages.lines() == expected);
    tree.request.report_unknown_symbols = false;
    REQUIRE(tree.run().has_value());
    CHECK(tree.messages.lines() == Lines{});
}

TEST_CASE("run_depmod: reads dependencies and CRCs from extended modversions") {
    ModuleTree tree;
    tree.module("owner.ko", ElfBuilder().exports("fn", 0x10));
    tree.module("user.ko", ElfBuilder().undefined("fn").extended_version("fn", 0x11));
    tree.module("versions-only.ko", ElfBuilder().extended_version("fn", 0x10));
    tree.files.write("symvers", "");
    tree.request.symvers = tree.files.string() + "/symvers";
    tree.request.report_unknown_symbols = true;
    REQUIRE(tree.run().has_value());
    CHECK(tree.read("modules.dep") ==
          "owner.ko:\nuser.ko: owner.ko\nversions-only.ko: owner.ko\n");
    CHECK(tree.messages.count("disagrees about version of symbol fn") == 1);
}

TEST_CASE("run_depmod: ignores leading dots and the symbol prefix") {
    ModuleTree tree;
    tree.module("owner.ko", {"_fn", "dotted"});
    tree.module("user.ko", {}, {"fn", ".dotted"});
    tree.files.write("map", "0 r ___ksymtab_printk\n");
    CHECK(tree.dep() == "owner.ko:\nuser.ko: owner.ko\n");
    tree.module("user.ko", {}, {"fn", "_printk"});
    CHECK(tree.dep() == "owner.ko:\nuser.ko:\n");
    tree.request.symbol_prefix = '_';
    tree.request.system_map = tree.files.string() + "/map";
    tree.request.report_unknown_symbols = true;
    CHECK(tree.dep() == "owner.ko:\nuser.ko: owner.ko\n");
    CHECK(tree.read("modules.symbols")
              .ends_with("alias symbol:fn owner\nalias symbol:dotted owner\n"));
}

TEST_CASE("run_depmod: an export without a CRC creates a dependency") {
    ModuleTree tree;
    tree.module("owner.ko", ElfBuilder().exports("with", 0x10).exports("without", {}));
    tree.module("user.ko", ElfBuilder().undefined("without").version("without", 0));
    tree.files.write("symvers", "");
    tree.request.symvers = tree.files.string() + "/symvers";
    tree.request.report_unknown_symbols = true;
    CHECK(tree.dep() == "owner.ko:\nuser.ko: owner.ko\n");
    CHECK(tree.read("modules.symbols") ==
          "# Aliases for symbols, used by symbol_request().\n"
          "alias symbol:with owner\nalias symbol:without owner\n");
}

TEST_CASE("run_depmod: reads modules of every class and byte order in one tree") {
    ModuleTree tree;
    std::string expected;
    std::string before;
    char name = 'a';
    for (const auto& target : test::all_targets()) {
        ElfBuilder builder(target.target);
        builder.exports(cat(name, "_fn"), 0x10).info("alias", cat("on-", name));
        if (!before.empty())
            builder.undefined(cat(before[0], "_fn")).version(cat(before[0], "_fn"), 0x10);
        tree.module(cat(name, ".ko"), builder);
        std::string line = cat(name, ".ko:");
        for (char needed = static_cast<char>(name - 1); needed >= 'a'; --needed)
            line += cat(" ", needed, ".ko");
        expected += line + "\n";
        before = name++;
    }
    tree.files.write("symvers", "");
    tree.request.symvers = tree.files.string() + "/symvers";
    tree.request.report_unknown_symbols = true;
    CHECK(tree.dep() == expected);
    CHECK(tree.read("modules.alias").ends_with("alias on-c c\nalias on-d d\n"));
}
