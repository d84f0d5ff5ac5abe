// SPDX-License-Identifier: LGPL-2.1-or-later
// The real kernel over a fake /proc and /sys and recorded system calls.
#include "kernel/real_kernel.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/utsname.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <vector>

#include <boost/filesystem/fstream.hpp>

#include "features.hpp"
#include "support/temporary_directory.hpp"
#include "unit/simulated/simulated_root.hpp"

namespace {

using namespace kmodpp;

/// gzip of "unpacked
/// "; builds without gzip cannot unpack it.
constexpr std::string_view kPacked(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x2b\xcd\x2b\x48\x4c\xce\x4e\x4d\xe1\x02\x00"
    "\x80\x1f\x71\x2b\x09\x00\x00\x00",
    29);

/// Records the calls and returns the prepared results.
class RecordedCalls final : public kernel::ModuleCalls {
public:
    RecordedCalls(std::vector<std::string>& calls, int finit, int other)
        : calls_(calls), finit_(finit), other_(other) {}

    int finit_module(int fd, const char* parameters, unsigned flags) override {
        calls_.push_back("finit " + std::to_string(flags) + " " + parameters);
        if (during_finit) during_finit();
        return fd >= 0 ? finit_ : EBADF;
    }
    int init_module(Bytes image, const char* parameters) override {
        calls_.push_back("init " + std::string(as_text(image)) + " " + parameters);
        return other_;
    }
    int delete_module(const char* name, unsigned flags) override {
        calls_.push_back("delete " + std::string(name) +
                         ((flags & O_NONBLOCK) != 0 ? " nonblock" : "") +
                         ((flags & O_TRUNC) != 0 ? " trunc" : ""));
        return other_;
    }

    std::function<void()> during_finit;

private:
    std::vector<std::string>& calls_;
    int finit_, other_;
};

struct RealMachine {
    explicit RealMachine(int finit = 0, int other = 0,
                         std::function<void()> during_finit = {})
        : kernel(io::Root::open(directory.string()).value(),
                 [&] {
                     auto made = std::make_unique<RecordedCalls>(calls, finit, other);
                     made->during_finit = std::move(during_finit);
                     return made;
                 }()),
          root(io::Root::open(directory.string()).value()) {}

    Status load(std::string_view contents, kernel::LoadFlags flags = {}) {
        directory.write("m.ko", contents);
        auto file = io::ModuleFile::open(root, "m.ko");
        REQUIRE(file.has_value());
        return kernel.load(*file, "a=1", flags);
    }

    test::TemporaryDirectory directory;
    std::vector<std::string> calls;
    kernel::RealKernel kernel;
    io::Root root;
};

using Calls = std::vector<std::string>;

}  // namespace

TEST_CASE("RealKernel: passes plain files to finit_module, with the flags") {
    const struct {
        kernel::LoadFlags flags;
        const char* call;
    } cases[] = {
        {{}, "finit 0 a=1"},
        {{.ignore_modversions = true}, "finit 1 a=1"},
        {{.ignore_vermagic = true}, "finit 2 a=1"},
        {{.ignore_modversions = true, .ignore_vermagic = true}, "finit 3 a=1"},
    };
    for (const auto& c : cases) {
        RealMachine machine;
        CHECK(machine.load("plain", c.flags).has_value());
        CHECK(machine.calls == Calls{c.call});
    }
}

TEST_CASE("RealKernel: lets the kernel unpack what it can, and unpacks the rest") {
    const struct {
        const char* compression;  ///< setting of the kernel; null: unknown
        bool loaded;
        Calls calls;
    } cases[] = {
        {"gzip\n", true, {"finit 4 a=1"}},
        {"zstd\n", KMODPP_WITH_ZLIB, {"init unpacked\n a=1"}},
        {nullptr, KMODPP_WITH_ZLIB, {"init unpacked\n a=1"}},
    };
    for (const auto& c : cases) {
        RealMachine machine;
        if (c.compression != nullptr)
            machine.directory.write("sys/module/compression", c.compression);
        CHECK(machine.load(kPacked).has_value() == c.loaded);
        CHECK(machine.calls == (c.loaded ? c.calls : Calls{}));
    }
}

TEST_CASE("RealKernel: unpacks a stream that the kernel's decoder does not support") {
    std::string commented(kPacked);
    commented[3] = '\x10';
    commented.insert(10, std::string("comment") + '\0');
    RealMachine machine;
    machine.directory.write("sys/module/compression", "gzip\n");
    CHECK(machine.load(commented).has_value() == KMODPP_WITH_ZLIB);
    CHECK(machine.calls == (KMODPP_WITH_ZLIB ? Calls{"init unpacked\n a=1"} : Calls{}));
}

TEST_CASE("RealKernel: unpacks a stream that the kernel could not unpack") {
    const struct {
        std::string_view line;
        int code;
        bool again;
    } cases[] = {
        {"6,1,1,-;module: decompression failed with status 6\n", EINVAL, true},
        {"6,1,1,-;m: bad parameter\n", EINVAL, false},
        {"6,1,1,-;module: decompression failed with status 6\n", ENOEXEC, false},
    };
    for (const auto& c : cases) {
        CAPTURE(c.line);
        std::string place;
        RealMachine machine(c.code, 0, [&] {
            boost::filesystem::ofstream(place, std::ios::app) << c.line;
        });
        place = machine.directory.string() + "/dev/kmsg";
        machine.directory.write("dev/kmsg", "6,0,0,-;of the load before\n");
        machine.directory.write("sys/module/compression", "gzip\n");
        CHECK(machine.load(kPacked).has_value() == (c.again && KMODPP_WITH_ZLIB));
        CHECK(machine.calls.size() == (c.again && KMODPP_WITH_ZLIB ? 2 : 1));
    }
}

TEST_CASE("RealKernel: uses init_module if there is no finit_module") {
    RealMachine machine(ENOSYS);
    CHECK(machine.load("plain").has_value());
    CHECK(machine.calls == Calls{"finit 0 a=1", "init plain a=1"});
}

TEST_CASE("RealKernel: passes a forced copy to init_module, which has no flags") {
    const std::string module = test::sound_module("m").build();
    RealMachine machine(ENOSYS);
    CHECK(machine.load(module, {.ignore_vermagic = true}).has_value());
    REQUIRE(machine.calls.size() == 2);
    CHECK(machine.calls[0] == "finit 2 a=1");
    CHECK(machine.calls[1].size() == module.size() + std::strlen("init  a=1"));
    CHECK_FALSE(machine.calls[1].contains("vermagic="));

    const Status status = machine.load("plain", {.ignore_vermagic = true});
    REQUIRE_FALSE(status.has_value());
    CHECK(status.error().kind == ErrorKind::malformed);
    CHECK(status.error().message ==
          machine.root.display("/m.ko") + ": not an ELF file (magic 70 6c 61 69)");
    CHECK(machine.calls.size() == 3);
}

TEST_CASE("RealKernel: returns the errno of a refusal") {
    RealMachine machine(ENOEXEC, EBUSY);
    const Status load = machine.load("plain");
    REQUIRE_FALSE(load.has_value());
    CHECK(load.error().code == ENOEXEC);
    CHECK(load.error().message == machine.root.display("/m.ko") + ": Exec format error");
    CHECK(machine.calls.size() == 1);

    const Status packed = machine.load(kPacked);
    REQUIRE_FALSE(packed.has_value());
    CHECK(packed.error().code == (KMODPP_WITH_ZLIB ? EBUSY : 0));

    const Status unload = machine.kernel.unload("m", {});
    REQUIRE_FALSE(unload.has_value());
    CHECK(unload.error().kind == ErrorKind::busy);
    CHECK(unload.error().message == "m: Device or resource busy");
}

TEST_CASE("RealKernel: unload never waits, and adds O_TRUNC when forced") {
    RealMachine machine;
    CHECK(machine.kernel.unload("m", {}).has_value());
    CHECK(machine.kernel.unload("m", {.force = true}).has_value());
    CHECK(machine.calls == Calls{"delete m nonblock", "delete m nonblock trunc"});
}

TEST_CASE("RealKernel: reads the state of modules from sysfs") {
    RealMachine machine;
    const struct {
        const char* name;
        const char* text;
        InitState state;
    } cases[] = {
        {"one", "live\n", InitState::live},      {"two", "coming\n", InitState::coming},
        {"three", "going\n", InitState::going},  {"four", "", InitState::absent},
        {"five", "lively\n", InitState::absent},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        machine.directory.write("sys/module/" + std::string(c.name) + "/initstate",
                                c.text);
        CHECK(machine.kernel.state(c.name) == c.state);
    }
    machine.directory.write("sys/module/builtin/parameters/x", "1\n");
    CHECK(machine.kernel.state("builtin") == InitState::builtin);
    // While a module is loaded or unloaded, initstate is missing for a moment.
    machine.directory.write("sys/module/early/holders/x", "");
    machine.directory.write("sys/module/late/holders/x", "");
    machine.directory.write("proc/modules",
                            "late 16384 -1 - Unloading 0x0\n"
                            "early 16384 1 - Loading 0x0\n"
                            "gone 16384 -1 - Unloading 0x0\n");
    CHECK(machine.kernel.state("early") == InitState::coming);
    CHECK(machine.kernel.state("late") == InitState::going);
    CHECK(machine.kernel.state("gone") == InitState::absent);
    CHECK(machine.kernel.state("builtin") == InitState::builtin);
    for (const char* name : {"absent", "", ".", "..", "one/../one", "../module/one"}) {
        CAPTURE(name);
        CHECK(machine.kernel.state(name) == InitState::absent);
        CHECK(machine.kernel.holders(name).value().empty());
        CHECK(machine.kernel.refcount(name).error().kind == ErrorKind::not_found);
    }
}

TEST_CASE("RealKernel: reads holders, reference counts and the list of modules") {
    RealMachine machine;
    machine.directory.write("sys/module/m/holders/b", "");
    machine.directory.write("sys/module/m/holders/a", "");
    machine.directory.write("sys/module/m/refcnt", "-1\n");
    machine.directory.write("sys/module/bad/refcnt", "1x\n");
    CHECK(machine.kernel.holders("m").value() == std::vector<std::string>{"a", "b"});
    CHECK(machine.kernel.refcount("m") == -1);
    CHECK(machine.kernel.refcount("bad").error().message.find(
              "bad reference count '1x'") != std::string::npos);

    machine.directory.write("proc/modules", "m 4096 2 a,b, Live 0x0000000000000000\n");
    const auto modules = machine.kernel.modules();
    REQUIRE(modules.has_value());
    REQUIRE(modules->size() == 1);
    CHECK((*modules)[0].holders == std::vector<std::string>{"a", "b"});

    machine.directory.write("proc/modules", "m 4096 2\n");
    CHECK(machine.kernel.modules().error().message ==
          machine.root.display("/proc/modules") +
              ": line 1: has 3 fields where 6 or 7 are expected");
}

TEST_CASE("RealKernel: reads the size of a module and the addresses of its sections") {
    RealMachine machine;
    machine.directory.write("sys/module/m/coresize", "16384\n");
    machine.directory.write("sys/module/m/sections/.text", "0xffffffffc0000000\n");
    machine.directory.write("sys/module/m/sections/.bss", "0x0000000000000000\n");
    machine.directory.write("sys/module/m/sections/.odd", "somewhere\n");
    machine.directory.write("sys/module/bad/coresize", "-1\n");
    CHECK(machine.kernel.size("m") == 16384);
    const auto sections = machine.kernel.sections("m");
    REQUIRE(sections.size() == 2);
    CHECK(sections[0].name == ".bss");
    CHECK(sections[0].address == 0);
    CHECK(sections[1].name == ".text");
    CHECK(sections[1].address == 0xffffffffc0000000);
    for (const char* name : {"bad", "absent", "", "..", "../module/m"}) {
        CAPTURE(name);
        CHECK_FALSE(machine.kernel.size(name).has_value());
        CHECK(machine.kernel.sections(name).empty());
    }
}

TEST_CASE("RealKernel: lists each module once, even if the list grew while it was read") {
    RealMachine machine;
    machine.directory.write("proc/modules",
                            "b 4096 0 - Live 0x0000000000000000\n"
                            "a 8192 1 b, Live 0x0000000000000000\n"
                            "a 8192 1 b, Live 0x0000000000000000\n"
                            "first 4096 0 - Live 0x0000000000000000\n");
    const auto modules = machine.kernel.modules();
    REQUIRE(modules.has_value());
    std::string names;
    for (const LoadedModule& module : *modules) names += module.name + " ";
    CHECK(names == "b a first ");
}

TEST_CASE("RealKernel: without /proc/modules, reads the list from sysfs") {
    RealMachine machine;
    const auto error = [&] { return machine.kernel.modules().error(); };
    // Neither /proc/modules nor /sys/module exists.
    CHECK(error().kind == ErrorKind::unsupported);
    CHECK(error().message.starts_with("could not open " +
                                      machine.root.display("/proc/modules") +
                                      ": No such file or directory; "));
    // A kernel without loaded modules only has the directories of builtin modules.
    machine.directory.write("sys/module/printk/parameters/time", "Y\n");
    CHECK(error().kind == ErrorKind::not_found);
    CHECK(error().message == "could not open " + machine.root.display("/proc/modules") +
                                 ": No such file or directory");
    machine.directory.write("sys/module/b/initstate", "live\n");
    machine.directory.write("sys/module/b/coresize", "4096\n");
    machine.directory.write("sys/module/b/refcnt", "1\n");
    machine.directory.write("sys/module/b/taint", "OE\n");
    machine.directory.write("sys/module/b/holders/a", "");
    machine.directory.write("sys/module/a/initstate", "going\n");
    const auto modules = machine.kernel.modules();
    REQUIRE(modules.has_value());
    REQUIRE(modules->size() == 2);
    CHECK(modules->at(0).name == "a");
    CHECK(modules->at(0).state == InitState::going);
    CHECK_FALSE(modules->at(0).refcount.has_value());
    CHECK(modules->at(1).name == "b");
    CHECK(modules->at(1).size == 4096);
    CHECK(modules->at(1).refcount == 1);
    CHECK(modules->at(1).holders == std::vector<std::string>{"a"});
    CHECK(modules->at(1).taint == "OE");
    CHECK(machine.kernel.state("printk") == InitState::builtin);
}

TEST_CASE("RealKernel: returns the release and the command line") {
    RealMachine machine;
    struct utsname names {};
    REQUIRE(uname(&names) == 0);
    CHECK(machine.kernel.release() == std::string(names.release));
    machine.directory.write("proc/cmdline", "quiet a=1\n");
    CHECK(machine.kernel.command_line() == "quiet a=1");
}

TEST_CASE("make_real_kernel: uses the host") {
    struct utsname names {};
    REQUIRE(uname(&names) == 0);
    CHECK(kernel::make_real_kernel()->release() == std::string(names.release));
}
