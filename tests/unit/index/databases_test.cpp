// SPDX-License-Identifier: LGPL-2.1-or-later
// The contents of the eleven databases of a module tree.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "format/index_reader.hpp"
#include "module_tree.hpp"

using namespace kmodpp;
using namespace std::string_literals;
using kmodpp::test::ElfBuilder;
using kmodpp::test::ModuleTree;

namespace {

using Lines = std::vector<std::string>;

/// "PRIORITY KEY VALUE" of every entry.
Lines entries_of(const ModuleTree& tree, std::string_view name) {
    const std::string bytes = tree.read(name);
    const auto reader = IndexReader::open(as_bytes(bytes));
    REQUIRE(reader.has_value());
    Lines entries;
    REQUIRE(reader
                ->for_each([&](std::string_view key, const IndexValue& value) {
                    entries.push_back(cat(value.priority, " ", key, " ", value.value));
                })
                .has_value());
    return entries;
}

}  // namespace

TEST_CASE("run_depmod: writes all eleven databases of a tree") {
    ModuleTree tree;
    tree.module("kernel/b-one.ko", ElfBuilder()
                                       .exports("b_fn", 0x11)
                                       .undefined("a_fn")
                                       .info("alias", "pci:v-1[a-b]-*")
                                       .info("softdep", "pre: x-y post: z")
                                       .info("weakdep", "w1 w2"));
    tree.module("kernel/a.ko", ElfBuilder()
                                   .exports("a_fn", 0x22)
                                   .info("alias", "devname:net/a")
                                   .info("alias", "char-major-10-200"));
    tree.module("extra/top.ko", {}, {"b_fn", "printk"});
    tree.file("modules.order", "kernel/b-one.ko\nkernel/a.ko\n");
    tree.file("modules.builtin", "kernel/net/net-core.ko\n\nkernel/unix.ko\n");
    tree.file("modules.builtin.modinfo",
              "unix.alias=net-pf-1\0unix.license=GPL\0net-core.alias=pci:v-9\0"s);
    const auto report = tree.run();
    REQUIRE(report.has_value());
    CHECK(report->modules == 3);
    CHECK(report->unreadable_modules == 0);
    CHECK_FALSE(report->up_to_date);
    CHECK(report->texts.empty());
    CHECK(tree.messages.lines().empty());

    CHECK(tree.read("modules.dep") ==
          "kernel/b-one.ko: kernel/a.ko\n"
          "kernel/a.ko:\n"
          "extra/top.ko: kernel/b-one.ko kernel/a.ko\n");
    CHECK(tree.read("modules.alias") ==
          "# Aliases extracted from modules themselves.\n"
          "alias pci:v-1[a-b]-* b_one\n"
          "alias devname:net/a a\n"
          "alias char-major-10-200 a\n");
    CHECK(tree.read("modules.softdep") ==
          "# Soft dependencies extracted from modules themselves.\n"
          "softdep b_one pre: x-y post: z\n");
    CHECK(tree.read("modules.weakdep") ==
          "# Weak dependencies extracted from modules themselves.\n"
          "weakdep b_one w1 w2\n");
    CHECK(tree.read("modules.symbols") ==
          "# Aliases for symbols, used by symbol_request().\n"
          "alias symbol:b_fn b_one\n"
          "alias symbol:a_fn a\n");
    CHECK(tree.read("modules.devname") ==
          "# Device nodes to trigger on-demand module loading.\n"
          "a net/a c10:200\n");
    CHECK(entries_of(tree, "modules.dep.bin") ==
          Lines{"1 a kernel/a.ko:", "0 b_one kernel/b-one.ko: kernel/a.ko",
                "2 top extra/top.ko: kernel/b-one.ko kernel/a.ko"});
    CHECK(entries_of(tree, "modules.alias.bin") ==
          Lines{"1 char_major_10_200 a", "1 devname:net/a a", "0 pci:v_1[a-b]_* b_one"});
    CHECK(entries_of(tree, "modules.symbols.bin") ==
          Lines{"1 symbol:a_fn a", "0 symbol:b_fn b_one"});
    CHECK(entries_of(tree, "modules.builtin.bin") == Lines{"0 net_core ", "0 unix "});
    CHECK(entries_of(tree, "modules.builtin.alias.bin") ==
          Lines{"0 net_pf_1 unix", "0 pci:v_9 net_core"});
}

TEST_CASE("run_depmod: an empty tree has empty databases") {
    ModuleTree tree;
    const auto report = tree.run();
    REQUIRE(report.has_value());
    CHECK(report->modules == 0);
    for (const std::string_view name : test::kDatabases) {
        CAPTURE(name);
        CHECK(tree.has(name));
        if (name.ends_with(".bin")) CHECK(tree.read(name).size() == 12);
    }
    CHECK(tree.read("modules.dep") == "");
    CHECK(tree.read("modules.devname") == "");
}

TEST_CASE("run_depmod: warns about missing lists of the kernel build") {
    ModuleTree tree;
    tree.module("a.ko", {"a_fn"});
    for (const char* name :
         {"modules.order", "modules.builtin", "modules.builtin.modinfo"})
        REQUIRE(::unlink(tree.outside(name).c_str()) == 0);
    REQUIRE(tree.run().has_value());
    const std::string at =
        cat(" at ", tree.files.string(), "/lib/modules/6.1.0: No such file or directory");
    CHECK(tree.messages.lines() ==
          Lines{"warning: could not open modules.order" + at,
                "warning: could not open modules.builtin" + at,
                "warning: could not open modules.builtin.modinfo" + at});
    CHECK(tree.read("modules.builtin.bin").size() == 12);
    CHECK(tree.read("modules.builtin.alias.bin").size() == 12);
}

TEST_CASE("run_depmod: modules.order decides the order, then the path") {
    ModuleTree tree;
    for (const char* path : {"z/a.ko", "b.ko", "a/c.ko", "d.ko", "a-b/e.ko"})
        tree.module(path, std::vector<std::string>{});
    tree.file("modules.order", "d.ko\nkernel/none.ko\n  z/a.ko.xz \nd.ko");
    CHECK(tree.dep() == "d.ko:\nz/a.ko:\na-b/e.ko:\na/c.ko:\nb.ko:\n");
}

TEST_CASE("run_depmod: a device node needs a name and a number") {
    const struct {
        std::string_view name;
        Lines aliases;
        std::string_view line;
    } rows[] = {
        {"name first", {"devname:a/b", "char-major-10-229"}, "m a/b c10:229\n"},
        {"number first", {"block-major-7-0", "x", "devname:loop"}, "m loop b7:0\n"},
        {"later number", {"devname:a", "char-major-1-*", "char-major-1-2"}, "m a c1:2\n"},
        {"first complete pair wins",
         {"devname:a", "char-major-1-2", "devname:b", "char-major-3-4"},
         "m a c1:2\n"},
        {"no name", {"char-major-10-1"}, ""},
        {"empty name", {"devname:", "char-major-10-1"}, ""},
        {"no minor", {"char-major-10"}, ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        ModuleTree tree;
        ElfBuilder builder;
        for (const std::string& alias : row.aliases) builder.info("alias", alias);
        tree.module("m.ko", builder);
        REQUIRE(tree.run().has_value());
        CHECK(tree.messages.lines().empty());
        CHECK(tree.read("modules.devname") ==
              (row.line.empty() ? ""
                                : cat("# Device nodes to trigger on-demand module "
                                      "loading.\n",
                                      row.line)));
    }
    ModuleTree tree;
    tree.module("m.ko", ElfBuilder().info("alias", "devname:a").info("alias", "b"));
    REQUIRE(tree.run().has_value());
    CHECK(tree.messages.lines() ==
          Lines{"warning: Module 'm' has devname (a) but lacks major and minor "
                "information. Ignoring."});
    CHECK(tree.read("modules.devname") == "");
}

TEST_CASE("run_depmod: omits aliases that cannot be looked up, with a warning") {
    ModuleTree tree;
    const std::string too_long(4097, 'a');
    tree.module("m.ko", ElfBuilder()
                            .info("alias", "caf\xc3\xa9")
                            .info("alias", "open[a")
                            .info("alias", "closed]")
                            .info("alias", "two\nlines")
                            .info("alias", too_long)
                            .info("alias", "good")
                            .info("softdep", "pre: a\ninstall m /bin/evil")
                            .info("softdep", "pre: c\\")
                            .info("weakdep", "d\\")
                            .info("softdep", "pre:\tb"));
    tree.module("n.ko", ElfBuilder().info("softdep", "pre: e"));
    REQUIRE(tree.run().has_value());
    CHECK(
        tree.messages.lines() ==
        Lines{"warning: Module 'm': alias 'caf\\xc3\\xa9' skipped: it is not ASCII",
              "warning: Module 'm': alias 'open[a' skipped: Unmatched bracket",
              "warning: Module 'm': alias 'closed]' skipped: Unmatched bracket",
              "warning: Module 'm': alias 'two\\x0alines' skipped: it contains a control "
              "character",
              cat("warning: Module 'm': alias '", printable(too_long),
                  "' skipped: it is too long"),
              "warning: Module 'm': softdep 'pre: a\\x0ainstall m /bin/evil' skipped: it "
              "contains a control character",
              "warning: Module 'm': softdep 'pre: c\\' skipped: it ends in a backslash",
              "warning: Module 'm': weakdep 'd\\' skipped: it ends in a backslash"});
    CHECK(tree.read("modules.alias") ==
          "# Aliases extracted from modules themselves.\nalias good m\n");
    CHECK(entries_of(tree, "modules.alias.bin") == Lines{"0 good m"});
    CHECK(tree.read("modules.softdep") ==
          "# Soft dependencies extracted from modules themselves.\nsoftdep m pre:\tb\n"
          "softdep n pre: e\n");
    CHECK(tree.read("modules.weakdep") ==
          "# Weak dependencies extracted from modules themselves.\n");
}

TEST_CASE("run_depmod: a module name that is not a valid key affects no other entry") {
    ModuleTree tree;
    tree.module("m\xc3\xb6.ko", {"a_fn"});
    tree.module("user.ko", {}, {"a_fn"});
    tree.file("modules.builtin", "kernel/\xc3\xb6.ko\nkernel/good.ko\n");
    REQUIRE(tree.run().has_value());
    CHECK(tree.read("modules.dep") == "m\xc3\xb6.ko:\nuser.ko: m\xc3\xb6.ko\n");
    CHECK(entries_of(tree, "modules.dep.bin") == Lines{"1 user user.ko: m\xc3\xb6.ko"});
    CHECK(entries_of(tree, "modules.builtin.bin") == Lines{"0 good "});
    CHECK(tree.messages.count("skipped: it is not ASCII") == 2);
}

TEST_CASE("run_depmod: reports bad lists of builtin modules") {
    ModuleTree tree;
    tree.file("modules.builtin", "kernel/a.ko\nnot a module\n");
    REQUIRE(tree.run().has_value());
    CHECK(tree.messages.lines() ==
          Lines{"error: Invalid modules.builtin line: 'not a module'"});
    CHECK(entries_of(tree, "modules.builtin.bin") == Lines{"0 a "});
    tree.file("modules.builtin.modinfo", "unix.alias=x");
    REQUIRE(tree.run().has_value());
    REQUIRE(tree.messages.lines().size() == 2);
    CHECK(tree.messages.lines()[1].starts_with("error: modules.builtin.modinfo: "));
    CHECK(tree.messages.lines()[1].ends_with("; skipped"));
    CHECK(tree.read("modules.builtin.alias.bin").size() == 12);
    // Only the damaged entry is lost.
    tree.file("modules.builtin.modinfo", "unix.alias=x\0broken\0net.alias=y\0"s);
    REQUIRE(tree.run().has_value());
    CHECK(tree.messages.lines().size() == 2);
    CHECK(entries_of(tree, "modules.builtin.alias.bin") == Lines{"0 x unix", "0 y net"});
}

TEST_CASE("run_depmod: a symbol exported by two modules belongs to the later one") {
    ModuleTree tree;
    tree.request.warn_duplicates = true;
    tree.module("a.ko", ElfBuilder().exports("twice", 1).info("alias", "same"));
    tree.module("b.ko", ElfBuilder().exports("twice", 1).info("alias", "same"));
    tree.module("c.ko", {}, {"twice"});
    tree.module("d.ko", ElfBuilder().info("alias", "in-one").info("alias", "in_one"));
    REQUIRE(tree.run().has_value());
    CHECK(tree.read("modules.dep") == "a.ko:\nb.ko:\nc.ko: b.ko\nd.ko:\n");
    CHECK(tree.read("modules.symbols") ==
          "# Aliases for symbols, used by symbol_request().\nalias symbol:twice b\n");
    CHECK(entries_of(tree, "modules.alias.bin") ==
          Lines{"3 in_one d", "3 in_one d", "0 same a", "1 same b"});
    CHECK(tree.messages.lines() ==
          Lines{cat("warning: ", tree.outside("b.ko"),
                    " exports duplicate symbol twice of ", tree.outside("a.ko")),
                "warning: duplicate module alias: in_one d"});
}
