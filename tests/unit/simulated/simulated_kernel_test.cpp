// SPDX-License-Identifier: LGPL-2.1-or-later
// State of the simulated kernel: references, holders, sizes, and unloading.
#include "simulated/simulated_kernel.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "simulated_root.hpp"

namespace {

using namespace kmodpp;
using test::SimulatedRoot;
using test::sound_module;

/// base <- middle <- top, and base <- side.
void load_chain(SimulatedRoot& root) {
    REQUIRE(root.load("base", sound_module("base").exports("base_f", std::nullopt)) == 0);
    REQUIRE(root.load("middle", sound_module("middle").undefined("base_f").exports(
                                    "middle_f", std::nullopt, true)) == 0);
    REQUIRE(root.load("side", sound_module("side").undefined("base_f")) == 0);
    REQUIRE(
        root.load("top", sound_module("top").undefined("middle_f").undefined("printk")) ==
        0);
}

}  // namespace

TEST_CASE("SimulatedKernel: counts references along a chain of loads") {
    SimulatedRoot root;
    load_chain(root);
    CHECK(root.proc_modules() ==
          "top 4096 0 - Live 0x0000000000000000\n"
          "side 4096 0 - Live 0x0000000000000000\n"
          "middle 4096 1 top, Live 0x0000000000000000\n"
          "base 4096 2 side,middle, Live 0x0000000000000000\n");
    CHECK(root.kernel().refcount("base") == 2);
    CHECK(root.kernel().holders("base").value() ==
          std::vector<std::string>{"middle", "side"});
    CHECK(root.kernel().holders("top").value().empty());
    CHECK(root.kernel().holders("absent").value().empty());
    CHECK(root.kernel().modules().value().size() == 4);

    std::array<char, 64> target{};
    const std::string link = root.directory().string() + "/sys/module/base/holders/side";
    REQUIRE(readlink(link.c_str(), target.data(), target.size() - 1) > 0);
    CHECK(std::string(target.data()) == "../../side");
}

TEST_CASE("SimulatedKernel: stores CRCs and GPL flags of exports") {
    SimulatedRoot root;
    auto module = sound_module("m");
    module.exports("plain", 0xabc).exports("gpl", 0xdef, true);
    REQUIRE(root.load("m", module) == 0);
    const std::string exports = root.sys("m/.exports");
    for (const char* line :
         {"machine 62\n", "0x00000abc\tplain\t-\t\n", "0x00000def\tgpl\tgpl\t\n"}) {
        CAPTURE(line);
        CHECK(exports.find(line) != std::string::npos);
    }
}

TEST_CASE("SimulatedKernel: drops references along a chain of unloads") {
    SimulatedRoot root;
    load_chain(root);
    CHECK(root.unload("base") == EAGAIN);
    CHECK(root.unload("base", true) == EAGAIN);
    CHECK(root.unload("middle") == EAGAIN);
    CHECK(root.unload("top") == 0);
    CHECK(root.kernel().refcount("middle") == 0);
    CHECK(root.kernel().holders("middle").value().empty());
    CHECK(root.unload("top") == ENOENT);
    CHECK(root.unload("middle") == 0);
    CHECK(root.proc_modules() ==
          "side 4096 0 - Live 0x0000000000000000\n"
          "base 4096 1 side, Live 0x0000000000000000\n");
    CHECK(root.unload("side") == 0);
    CHECK(root.unload("base") == 0);
    CHECK(root.proc_modules() == "");
    CHECK(root.root().list("/sys/module").value().empty());

    // The exports were removed with the module, so only the kernel's rule remains.
    CHECK(root.load("side", sound_module("side").undefined("base_f")) == 0);
    CHECK(root.kernel().modules().value().size() == 1);
}

TEST_CASE("SimulatedKernel: checks an unload in the kernel's order") {
    SimulatedRoot root;
    root.directory().write("proc/modules",
                           "held 1 1 user,[permanent], Loading 0x0\n"
                           "coming 1 5 [permanent], Loading 0x0\n"
                           "stuck 1 5 [permanent], Live 0x0\n"
                           "used 1 2 - Live 0x0\n"
                           "fixed 1 - - Live 0x0\n");
    const struct {
        const char* name;
        int code, forced;
    } cases[] = {
        {"", ENOENT, ENOENT},       {"../../etc", ENOENT, ENOENT},
        {"absent", ENOENT, ENOENT}, {"held", EAGAIN, EAGAIN},
        {"coming", EBUSY, EBUSY},   {"fixed", ENOSYS, ENOSYS},
        {"stuck", EBUSY, 0},        {"used", EAGAIN, 0},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(root.unload(c.name) == c.code);
        CHECK(root.unload(c.name, true) == c.forced);
    }
    CHECK(root.unload(std::string(5000, 'x')) == ENOENT);
}

TEST_CASE("SimulatedKernel: only an init without an exit makes a module permanent") {
    SimulatedRoot root;
    test::ElfBuilder permanent, library;
    for (auto* module : {&permanent, &library})
        module->text(8)
            .info("license", "GPL")
            .info("intree", "Y")
            .info("vermagic", test::kVermagic);
    permanent.this_module("permanent", true, false);
    library.this_module("library", false, false);
    CHECK(root.load("permanent", permanent) == 0);
    CHECK(root.load("library", library) == 0);
    CHECK(root.proc_modules() ==
          "library 4096 0 - Live 0x0000000000000000\n"
          "permanent 4096 0 [permanent], Live 0x0000000000000000\n");
    CHECK(root.unload("library") == 0);
    CHECK(root.unload("permanent") == EBUSY);
    CHECK(root.unload("permanent", true) == 0);
}

TEST_CASE("SimulatedKernel: the directory of a module has the files of sysfs") {
    SimulatedRoot root;
    auto module = sound_module("m");
    module.info("version", "1.2").info("srcversion", "ABCDEF").no_bits(".bss", 5000);
    module.section(".init.text", std::string(9000, 'x'))
        .section(".comment", std::string(9000, 'x'), SHT_PROGBITS, 0);
    CHECK(root.load("m", module) == 0);
    CHECK(root.root().list("/sys/module/m").value() ==
          std::vector<std::string>{".exports", "coresize", "holders", "initsize",
                                   "initstate", "notes", "refcnt", "sections",
                                   "srcversion", "taint", "uevent", "version"});
    CHECK(root.sys("m/coresize") == "8192\n");
    CHECK(root.sys("m/initsize") == "0\n");
    CHECK(root.sys("m/initstate") == "live\n");
    CHECK(root.sys("m/refcnt") == "0\n");
    CHECK(root.sys("m/taint") == "\n");
    CHECK(root.sys("m/version") == "1.2\n");
    CHECK(root.sys("m/srcversion") == "ABCDEF\n");
    CHECK(root.sys("m/sections/.bss") == "0x0000000000000000\n");
    CHECK((root.root().stat("/sys/module/m/sections/.bss").value().st_mode & 07777) ==
          0400);
    CHECK_FALSE(root.root().exists("/sys/module/m/sections/.comment"));
    CHECK(root.kernel().state("m") == InitState::live);
    CHECK(root.kernel().state("absent") == InitState::absent);
    CHECK(root.kernel().state("../module/m") == InitState::absent);
}

TEST_CASE("SimulatedKernel: sizes are aligned sums, in pages") {
    const struct {
        std::size_t first, second, align;
        const char* size;
    } cases[] = {
        {1, 1, 1, "4096\n"},       {4000, 8, 1, "4096\n"},     {4096, 1, 1, "8192\n"},
        {1, 4096, 4096, "8192\n"}, {4097, 1, 4096, "12288\n"},
    };
    std::string this_module(64, '\0');
    this_module[24] = 'm';
    for (const auto& c : cases) {
        CAPTURE(c.size);
        SimulatedRoot root;
        test::ElfBuilder module;
        module.section(".text", std::string(c.first, 'x'))
            .section(".data", std::string(c.second, 'x'), SHT_PROGBITS, SHF_ALLOC,
                     c.align)
            .section(".modinfo", std::string("vermagic=6.1.0\0", 15), SHT_PROGBITS, 0)
            .section(".gnu.linkonce.this_module", this_module, SHT_PROGBITS, 0)
            .defined("f", ".text");
        CHECK(root.load("m", module) == 0);
        CHECK(root.sys("m/coresize") == c.size);
    }
}

TEST_CASE("SimulatedKernel: refuses sections that do not fit into memory") {
    for (const std::uint64_t size : {std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
        SimulatedRoot root;
        auto module = sound_module("m");
        module.no_bits(".bss", size);
        CHECK(root.load("m", module) == ENOEXEC);
        CHECK(root.log().find("invalid size or alignment") != std::string::npos);
    }
    SimulatedRoot root;
    auto module = sound_module("m");
    module.no_bits(".bss", 0xf0000000).no_bits(".bss2", 0xf0000000);
    CHECK(root.load("m", module) == ENOMEM);
}

TEST_CASE("SimulatedKernel: exactly one of eight processes loads the module") {
    SimulatedRoot root;
    root.directory().write("m.ko", sound_module("m").build());
    constexpr int kProcesses = 8;
    std::array<pid_t, kProcesses> children{};
    for (pid_t& child : children) {
        child = fork();
        REQUIRE(child >= 0);
        if (child > 0) continue;
        auto file = io::ModuleFile::open(root.root(), "m.ko");
        auto kernel = kernel::make_simulated_kernel(root.root(), root.root(), "");
        int code = 255;
        if (file && kernel) {
            const Status status = (*kernel)->load(*file, "", {});
            code = status ? 0 : status.error().code;
        }
        _exit(code);
    }
    int loaded = 0, present = 0;
    for (const pid_t child : children) {
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        REQUIRE(WIFEXITED(status));
        if (WEXITSTATUS(status) == 0) ++loaded;
        if (WEXITSTATUS(status) == EEXIST) ++present;
    }
    CHECK(loaded == 1);
    CHECK(present == kProcesses - 1);
    CHECK(root.proc_modules() == "m 4096 0 - Live 0x0000000000000000\n");
}

TEST_CASE("SimulatedKernel: records every load and unload of many processes") {
    SimulatedRoot root;
    REQUIRE(root.load("base", sound_module("base").exports("f", 1)) == 0);
    constexpr int kProcesses = 6;
    std::array<pid_t, kProcesses> children{};
    for (int i = 0; i < kProcesses; ++i) {
        const std::string name = "m" + std::to_string(i);
        root.directory().write(name + ".ko", sound_module(name).undefined("f").build());
        children[i] = fork();
        REQUIRE(children[i] >= 0);
        if (children[i] > 0) continue;
        auto kernel = kernel::make_simulated_kernel(root.root(), root.root(), "");
        auto file = io::ModuleFile::open(root.root(), name + ".ko");
        bool ok = kernel && file;
        for (int round = 0; ok && round < 5; ++round)
            ok = (*kernel)->load(*file, "", {}) && (*kernel)->unload(name, {}) &&
                 (*kernel)->modules();
        ok = ok && (*kernel)->load(*file, "", {});
        _exit(ok ? 0 : 1);
    }
    for (const pid_t child : children) {
        int status = 0;
        REQUIRE(waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    CHECK(root.kernel().modules().value().size() == kProcesses + 1);
    CHECK(root.kernel().refcount("base") == kProcesses);
    CHECK(root.kernel().holders("base").value().size() == kProcesses);
}

TEST_CASE(
    "SimulatedKernel: modules loaded earlier export the symbols that the tree lists") {
    SimulatedRoot root;
    root.directory().write("proc/modules", "other 4096 0 - Live 0x0000000000000000\n");
    root.directory().write("sys/module/other/initstate", "live\n");
    root.directory().write("lib/modules/6.1.0/modules.symbols",
                           "alias symbol:of_other other\n");
    CHECK(root.load("m", sound_module("m").undefined("of_other")) == 0);
    CHECK(root.kernel().refcount("other") == 1);
    CHECK(root.unload("other") == EAGAIN);
}

TEST_CASE("SimulatedKernel: undoes a load that cannot be recorded") {
    SimulatedRoot root;
    REQUIRE(root.load("base", sound_module("base").exports("f", 1)) == 0);
    const std::string before = root.proc_modules();
    // A directory instead of the link makes it impossible to write the references.
    boost::filesystem::remove_all(root.directory().path() / "sys/module/base/holders");
    root.directory().write("sys/module/base/holders", "in the way");
    root.directory().write("user.ko", sound_module("user").undefined("f").build());
    auto file = io::ModuleFile::open(root.root(), "user.ko");
    REQUIRE(file.has_value());
    CHECK_FALSE(root.kernel().load(*file, "", {}).has_value());
    CHECK(root.proc_modules() == before);
    CHECK(root.sys("base/refcnt") == "0\n");
    CHECK(root.kernel().state("user") == InitState::absent);
    CHECK(root.root().list("/sys/module").value() == std::vector<std::string>{"base"});
}

TEST_CASE("SimulatedKernel: reports its release and vermagic") {
    SimulatedRoot root("cmdline quiet a=1\nbuiltin snd-pcm\n");
    CHECK(root.kernel().command_line() == "quiet a=1");
    CHECK(root.kernel().state("snd_pcm") == InitState::builtin);
    CHECK(root.kernel().modules().value().empty());
    const auto release = root.kernel().release();
    REQUIRE_FALSE(release.has_value());
    CHECK(release.error().message.find("kernel.conf does not set a release") !=
          std::string::npos);

    auto given = kernel::make_simulated_kernel(root.root(), root.root(), "6.9.0");
    REQUIRE(given.has_value());
    CHECK((*given)->release() == "6.9.0");
}

TEST_CASE("SimulatedKernel: reads the command line from proc/cmdline") {
    SimulatedRoot root("release 6.1.0\n");
    CHECK(root.kernel().command_line() == "");
    root.directory().write("proc/cmdline", "ro module-blacklist=m\n");
    CHECK(root.kernel().command_line() == "ro module-blacklist=m");
    CHECK(root.load("m") == EPERM);
}

TEST_CASE("make_simulated_kernel: refuses the root of the host") {
    const auto host = io::Root::open("/");
    REQUIRE(host.has_value());
    const auto kernel = kernel::make_simulated_kernel(*host, *host, "6.1.0");
    REQUIRE_FALSE(kernel.has_value());
    CHECK(kernel.error().kind == ErrorKind::unsupported);
}
