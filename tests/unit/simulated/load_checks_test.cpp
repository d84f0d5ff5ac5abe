// SPDX-License-Identifier: LGPL-2.1-or-later
// Each check of a simulated load: the errno, the log line, and no state left.
#include <doctest/doctest.h>

#include <cerrno>
#include <functional>
#include <vector>

#include "simulated_root.hpp"

namespace {

using namespace kmodpp;
using test::ElfBuilder;
using test::SimulatedRoot;
using test::sound_module;

struct Refusal {
    const char* name;
    std::string description;
    std::function<ElfBuilder()> module;
    int code;
    const char* line;  ///< in the log; "": no line
    std::string parameters = "";
    kernel::LoadFlags flags = {};
};

const std::vector<Refusal>& refusals() {
    static const std::string release = "release 6.1.0\n";
    static const std::vector<Refusal> all = {
        {"not relocatable", release,
         [] { return std::move(sound_module("m").type(ET_EXEC)); }, ENOEXEC,
         "Invalid ELF header type: 2 != 1"},
        {"other machine", release + "machine 183\n", [] { return sound_module("m"); },
         ENOEXEC, "Invalid architecture in ELF header: 62"},
        {"stripped", release, [] { return std::move(sound_module("m").stripped()); },
         ENOEXEC, "m: module has no symbols (stripped?)"},
        {"no module inside", release,
         [] { return std::move(ElfBuilder().text(8).defined("f", ".text")); }, ENOEXEC,
         "(missing .modinfo section or name field): No module found in object"},
        {"a name that leads out of the directory", release,
         [] { return sound_module("../../../etc/passwd"); }, ENOEXEC,
         "../../../etc/passwd: invalid module name"},
        {"blacklisted", release + "cmdline quiet module_blacklist=a,m,b ro\n",
         [] { return sound_module("m"); }, EPERM, "Module m is blacklisted"},
        {"other release", "release 6.2.0\n", [] { return sound_module("m"); }, ENOEXEC,
         "m: version magic '6.1.0 SMP mod_unload ' should be '6.2.0'"},
        {"other vermagic", release + "vermagic 6.1.0 PREEMPT\n",
         [] { return sound_module("m"); }, ENOEXEC,
         "m: version magic '6.1.0 SMP mod_unload ' should be '6.1.0 PREEMPT '"},
        {"other vermagic with modversions", release + "vermagic 6.1.0 PREEMPT\n",
         [] { return std::move(sound_module("m").version("printk", 1)); }, ENOEXEC,
         "m: version magic '6.1.0 SMP mod_unload ' should be '6.1.0 PREEMPT '"},
        {"the release is compared if modversions are ignored",
         "release 6.2.0\n",
         [] { return std::move(sound_module("m").version("printk", 1)); },
         ENOEXEC,
         "m: version magic '6.1.0 SMP mod_unload ' should be '6.2.0'",
         "",
         {.ignore_modversions = true}},
        {"no vermagic", release + "forced-load no\n",
         [] {
             return std::move(ElfBuilder()
                                  .text(8)
                                  .info("name", "m")
                                  .info("license", "GPL")
                                  .this_module("m"));
         },
         ENOEXEC, ""},
        {"built in", release + "builtin m\n", [] { return sound_module("m"); }, EINVAL,
         "m: module is already loaded"},
        {"unknown symbol", release + "symvers Module.symvers\n",
         [] { return std::move(sound_module("m").undefined("absent")); }, ENOENT,
         "m: Unknown symbol absent (err -2)"},
        {"symbol of a module that is not loaded", release,
         [] { return std::move(sound_module("m").undefined("of_other")); }, ENOENT,
         "m: Unknown symbol of_other (err -2)"},
        {"other CRC", release + "symvers Module.symvers\n",
         [] {
             return std::move(
                 sound_module("m").undefined("printk").version("printk", 0x11111111));
         },
         EINVAL, "m: disagrees about version of symbol printk"},
        {"bad parameter", release,
         [] { return std::move(sound_module("m").info("parmtype", "n:int")); }, EINVAL,
         "m: `x' invalid for parameter `n'", "n=x"},
        {"parameter out of range", release,
         [] { return std::move(sound_module("m").info("parmtype", "n:byte")); }, ERANGE,
         "m: `256' invalid for parameter `n'", "n=256"},
        {"parameter without value", release,
         [] { return std::move(sound_module("m").info("parmtype", "n:int")); }, EINVAL,
         "m: `' invalid for parameter `n'", "n"},
        {"init fails", release + "init m ENODEV\n", [] { return sound_module("m"); },
         ENODEV, ""},
        {"init fails with a number", release + "init m -19\n",
         [] { return sound_module("m"); }, ENODEV, ""},
    };
    return all;
}

void add_tables(SimulatedRoot& root) {
    root.directory().write("Module.symvers",
                           "0x12345678\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n"
                           "0x00000001\tof_other\tdrivers/other\tEXPORT_SYMBOL_GPL\n");
    root.directory().write("lib/modules/6.1.0/modules.symbols",
                           "# Aliases\nalias symbol:of_other other\n");
}

}  // namespace

TEST_CASE("SimulatedKernel: refuses a load as the kernel does, and leaves no state") {
    for (const Refusal& refusal : refusals()) {
        CAPTURE(refusal.name);
        SimulatedRoot root(refusal.description);
        add_tables(root);
        CHECK(root.load("m", refusal.module(), refusal.parameters, refusal.flags) ==
              refusal.code);
        CAPTURE(root.log());
        if (*refusal.line == '\0')
            CHECK(root.log().find("m: version") == std::string::npos);
        else
            CHECK(root.logged(refusal.line));
        CHECK(root.proc_modules().empty());
        CHECK(root.root().list("/sys/module").value().empty());
    }
}

TEST_CASE("SimulatedKernel: the error has the kernel's errno and its text") {
    SimulatedRoot root("release 6.1.0\ninit m ENODEV\n");
    root.directory().write("m.ko", sound_module("m").build());
    auto file = io::ModuleFile::open(root.root(), "m.ko");
    REQUIRE(file.has_value());
    const Status status = root.kernel().load(*file, "", {});
    REQUIRE_FALSE(status.has_value());
    CHECK(status.error().code == ENODEV);
    CHECK(status.error().message == root.root().display("/m.ko") + ": No such device");
}

TEST_CASE(
    "SimulatedKernel: refuses a file truncated at any length, and leaves no state") {
    const std::string whole = sound_module("m").build();
    SimulatedRoot root;
    CHECK(root.load_bytes("m", "") == EINVAL);
    for (std::size_t size = 1; size < whole.size(); size += 7) {
        CAPTURE(size);
        CHECK(root.load_bytes("m", whole.substr(0, size)) == ENOEXEC);
    }
    CHECK(root.logged("Invalid ELF header len 1"));
    CHECK(root.logged("Invalid ELF section header overflow"));
    CHECK(root.proc_modules().empty());
    CHECK(root.load_bytes("m", whole) == 0);
}

TEST_CASE("SimulatedKernel: the force flags load a module and taint it") {
    const struct {
        const char* name;
        const char* description;
        std::function<ElfBuilder()> module;
        kernel::LoadFlags flags;
    } cases[] = {
        {"vermagic",
         "release 6.2.0\n",
         [] { return sound_module("m"); },
         {.ignore_vermagic = true}},
        {"CRC",
         "release 6.1.0\nsymvers Module.symvers\n",
         [] {
             return std::move(sound_module("m").undefined("printk").version("printk", 7));
         },
         {.ignore_modversions = true}},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        SimulatedRoot root(c.description);
        add_tables(root);
        CHECK(root.load("m", c.module(), "", c.flags) == 0);
        CHECK(root.sys("m/taint") == "F\n");
    }
}

TEST_CASE("SimulatedKernel: a module without modversions loads and taints") {
    SimulatedRoot root("release 6.1.0\nsymvers Module.symvers\n");
    add_tables(root);
    CHECK(root.load("m", sound_module("m").undefined("printk").undefined("printk")) == 0);
    CHECK(root.log() ==
          "m: printk: kernel tainted.\n"
          "Disabling lock debugging due to kernel taint\n");
    CHECK(root.sys("m/taint") == "F\n");
}

TEST_CASE("SimulatedKernel: with modversions the release is not compared") {
    SimulatedRoot root("release 6.2.0\nvermagic 6.2.0 SMP mod_unload\n");
    ElfBuilder module;
    module.text(8)
        .info("name", "m")
        .info("vermagic", "6.1.0 SMP mod_unload")
        .extended_version("printk", 1)
        .this_module("m");
    CHECK(root.load("m", module) == 0);
}

TEST_CASE("SimulatedKernel: resolves symbols by CRC; a weak one may be missing") {
    const struct {
        const char* name;
        const char* description;
        std::function<ElfBuilder()> module;
    } cases[] = {
        {"right CRC", "release 6.1.0\nsymvers Module.symvers\n",
         [] {
             return std::move(
                 sound_module("m").undefined("printk").version("printk", 0x12345678));
         }},
        {"weak", "release 6.1.0\nsymvers Module.symvers\n",
         [] { return std::move(sound_module("m").undefined_weak("absent")); }},
        {"nothing configured", "release 6.1.0\n",
         [] { return std::move(sound_module("m").undefined("anything")); }},
        {"System.map", "release 6.1.0\nsystem-map System.map\n",
         [] { return std::move(sound_module("m").undefined("kfree")); }},
        {"a row of modversions that nothing uses",
         "release 6.1.0\nsymvers Module.symvers\n",
         [] { return std::move(sound_module("m").version("module_layout", 1)); }},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        SimulatedRoot root(c.description);
        add_tables(root);
        root.directory().write("System.map",
                               "ffffffff81000000 T kfree\n"
                               "ffffffff82000000 r __ksymtab_kfree\n");
        CHECK(root.load("m", c.module()) == 0);
        CHECK(root.log() == "");
    }
}

TEST_CASE("SimulatedKernel: a System.map exports only its __ksymtab_ entries") {
    SimulatedRoot root("release 6.1.0\nsystem-map System.map\n");
    root.directory().write("System.map", "ffffffff81000000 T kfree\nbroken\n");
    CHECK(root.load("m", sound_module("m").undefined("kfree")) == ENOENT);
}

TEST_CASE("SimulatedKernel: taints are logged and shown") {
    SimulatedRoot root;
    ElfBuilder module;
    module.text(8)
        .info("name", "m")
        .info("license", "Proprietary")
        .info("vermagic", test::kVermagic)
        .this_module("m");
    CHECK(root.load("m", module) == 0);
    CHECK(root.log() ==
          "m: loading out-of-tree module taints kernel.\n"
          "m: module license 'Proprietary' taints kernel.\n"
          "Disabling lock debugging due to kernel taint\n");
    CHECK(root.sys("m/taint") == "PO\n");
    CHECK(root.proc_modules() == "m 4096 0 - Live 0x0000000000000000 (PO)\n");
}

TEST_CASE("SimulatedKernel: refuses a module whose name is loaded") {
    SimulatedRoot root;
    root.directory().write("lib/modules/6.1.0/modules.builtin",
                           "kernel/fs/ext4/ext4.ko\nkernel/snd-pcm.ko\n");
    root.directory().write("sys/module/kernelparam/parameters/x", "1\n");
    CHECK(root.load("m") == 0);
    CHECK(root.load("m") == EEXIST);
    for (const char* name : {"ext4", "snd_pcm", "kernelparam"}) {
        CAPTURE(name);
        CHECK(root.load(name) == EINVAL);
    }
    CHECK(root.kernel().state("kernelparam") == InitState::builtin);
    CHECK(root.proc_modules() == "m 4096 0 - Live 0x0000000000000000\n");
}

TEST_CASE("SimulatedKernel: handles a name that is being loaded or unloaded") {
    SimulatedRoot root;
    root.directory().write("proc/modules",
                           "coming 1 0 - Loading 0x0\ngoing 1 -1 - Unloading 0x0\n");
    // A state written by hand has no loader, so it never changes.
    CHECK(root.load("coming") == EBUSY);
    CHECK(root.load("going") == EBUSY);
}

TEST_CASE("SimulatedKernel: refuses a second export of a symbol") {
    SimulatedRoot root;
    CHECK(root.load("a", sound_module("a").exports("shared", 1)) == 0);
    CHECK(root.load("b", sound_module("b").exports("shared", 1)) == ENOEXEC);
    CHECK(root.logged("b: exports duplicate symbol shared (owned by a)"));
}

TEST_CASE("SimulatedKernel: compares CRCs of loaded modules") {
    SimulatedRoot root;
    CHECK(root.load("a", sound_module("a").exports("f", 0xcafe)) == 0);
    CHECK(root.load("b", sound_module("b").undefined("f").version("f", 0xbabe)) ==
          EINVAL);
    CHECK(root.logged("b: disagrees about version of symbol f"));
    CHECK(root.logged("b: Unknown symbol f (err -22)"));
    CHECK(root.sys("a/refcnt") == "0\n");
    CHECK(root.load("c", sound_module("c").undefined("f").version("f", 0xcafe)) == 0);
    CHECK(root.sys("a/refcnt") == "1\n");
}

TEST_CASE("SimulatedKernel: all modules must have the machine of the first") {
    SimulatedRoot root;
    CHECK(root.load("a") == 0);
    test::ElfTarget arm;
    arm.e_machine = EM_AARCH64;
    CHECK(root.load("b", sound_module("b", arm)) == ENOEXEC);
    CHECK(root.logged("Invalid architecture in ELF header: 183"));
}

TEST_CASE("SimulatedKernel: shows the given parameters") {
    SimulatedRoot root;
    auto module = sound_module("m");
    module.info("parmtype", "count:int")
        .info("parm", "count:how many")
        .info("parmtype", "on:bool")
        .info("parmtype", "list_of:array of int")
        .info("parmtype", "label:charp")
        .info("parmtype", "quiet:bool")
        .info("parmtype", "../escape:int")
        .info("parm", "described:but of no type");
    CHECK(root.load("m", module,
                    "count=1 count=0x10 on list-of=1,010 label=\"a b\" ../escape=1 "
                    "described=1 typo=2 async_probe dyndbg=+p") == 0);
    CHECK(root.log() == "m: unknown parameter 'typo' ignored\n");
    CHECK(root.root().list("/sys/module/m/parameters").value() ==
          std::vector<std::string>{"count", "described", "label", "list_of", "on"});
    CHECK(root.sys("m/parameters/count") == "16\n");
    CHECK(root.sys("m/parameters/on") == "Y\n");
    CHECK(root.sys("m/parameters/list_of") == "1,8\n");
    CHECK(root.sys("m/parameters/label") == "a b\n");
}

TEST_CASE("SimulatedKernel: omits sections and parameters that cannot be a file") {
    const std::string endless(300, 'p');
    SimulatedRoot root;
    auto module = sound_module("m");
    module.info("parmtype", endless + ":int")
        .section(endless, "x")
        .section("../../up", "x")
        .section("..", "x");
    CHECK(root.load("m", module, endless + "=1") == 0);
    CHECK_FALSE(root.root().exists("/sys/module/m/parameters"));
    const auto sections = root.root().list("/sys/module/m/sections").value();
    CHECK_FALSE(sections.empty());
    for (const std::string& name : sections) CHECK(name.size() < endless.size());
    CHECK_FALSE(root.root().exists("/sys/module/up"));
}

TEST_CASE("SimulatedKernel: refuses a text too long for a charp with ENOSPC") {
    SimulatedRoot root;
    CHECK(root.load("m", sound_module("m").info("parmtype", "s:charp"),
                    "s=" + std::string(1025, 'x')) == ENOSPC);
    CHECK(root.logged("s: string parameter too long"));
    CHECK(root.log().find("' too large for parameter `s'\n") != std::string::npos);
}

TEST_CASE("SimulatedKernel: logs a positive result of init") {
    SimulatedRoot root("release 6.1.0\ninit m 3\n");
    CHECK(root.load("m") == 0);
    CHECK(root.log() ==
          "do_init_module: 'm'->init suspiciously returned 3, it should follow 0/-E "
          "convention\n"
          "do_init_module: loading module anyway...\n");
}

TEST_CASE("SimulatedKernel: only tries to unpack what its decoder supports") {
    using namespace std::string_view_literals;
    const struct {
        std::string_view stream;
        bool tried;
    } cases[] = {{"\x1f\x8b\x08\0 damaged contents"sv, true},
                 {"\x1f\x8b\x08\x10 with a comment"sv, false},
                 {"\x1f\x8b of no known method"sv, false}};
    for (const auto& c : cases) {
        CAPTURE(c.stream);
        SimulatedRoot root("release 6.1.0\ncompression gzip\n");
        root.load_bytes("m", c.stream);
        CHECK(root.kernel().state("m") == InitState::absent);
        CHECK(root.log() ==
              (c.tried ? "module: decompression failed with status -3\n" : ""));
    }
}
