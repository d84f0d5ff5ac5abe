// SPDX-License-Identifier: LGPL-2.1-or-later
// The description file of a simulated kernel, and the tables that it refers to.
#include "simulated/kernel_description.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "simulated_root.hpp"

namespace {

using namespace kmodpp;

constexpr std::string_view kText =
    "# a kernel\n"
    "\n"
    "release 6.1.0-test\n"
    "\tvermagic 6.1.0-test SMP  mod_unload\n"
    "cmdline quiet # not a comment\n"
    "machine 62\n"
    "symvers /boot/Module.symvers\n"
    "system-map /boot/System.map\n"
    "init snd-pcm ENODEV\n"
    "init a -ENOMEM\n"
    "init b -19\n"
    "init c 19\n"
    "init d 0\n"
    "builtin ext4\n"
    "builtin snd-timer\n"
    "compression zstd\n";

}  // namespace

TEST_CASE("parse_kernel_description: reads every statement") {
    const auto out = kernel::parse_kernel_description(kText);
    REQUIRE(out.has_value());
    CHECK(out->release == "6.1.0-test");
    CHECK(out->vermagic == "6.1.0-test SMP  mod_unload");
    CHECK(out->command_line == "quiet # not a comment");
    CHECK(out->machine == 62);
    CHECK(out->symvers == "/boot/Module.symvers");
    CHECK(out->system_map == "/boot/System.map");
    CHECK(out->init_results.at("snd_pcm") == -ENODEV);
    CHECK(out->init_results.at("a") == -ENOMEM);
    CHECK(out->init_results.at("b") == -19);
    CHECK(out->init_results.at("c") == 19);
    CHECK(out->init_results.at("d") == 0);
    CHECK(out->builtins == std::set<std::string, std::less<>>{"ext4", "snd_timer"});
    CHECK(out->compression == io::Compression::zstd);
}

TEST_CASE("parse_kernel_description: names the bad line wherever the text is cut") {
    std::size_t lines = 1;
    for (std::size_t size = 0; size <= kText.size(); ++size) {
        CAPTURE(size);
        if (size > 0 && kText[size - 1] == '\n') ++lines;
        const auto out =
            kernel::parse_kernel_description(std::string(kText.substr(0, size)));
        if (out) {
            CHECK(out->init_results.size() <= 5);
        } else {
            CHECK(out.error().kind == ErrorKind::malformed);
            CHECK(
                out.error().message.starts_with("line " + std::to_string(lines) + ": "));
        }
    }
}

TEST_CASE("parse_kernel_description: reports the fault of a bad line") {
    const struct {
        const char* line;
        const char* message;
    } cases[] = {
        {"relaese 6.1", "line 2: unknown word 'relaese'"},
        {"release", "line 2: release needs a value"},
        {"machine x86", "line 2: bad machine 'x86'"},
        {"machine 65536", "line 2: bad machine '65536'"},
        {"init m", "line 2: init needs a module and a result"},
        {"init m ENODEV x", "line 2: init needs a module and a result"},
        {"init m EBOGUS", "line 2: unknown result 'EBOGUS'"},
        {"init m -", "line 2: unknown result '-'"},
        {"init m 4096", "line 2: unknown result '4096'"},
        {"compression lzma", "line 2: unknown compression 'lzma'"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.line);
        const auto out = kernel::parse_kernel_description(std::string("# x\n") + c.line);
        REQUIRE_FALSE(out.has_value());
        CHECK(out.error().message == c.message);
    }
}

TEST_CASE("make_simulated_kernel: an error in the description names the file") {
    test::SimulatedRoot root("release 6.1.0\nbogus\n");
    const auto kernel = kernel::make_simulated_kernel(root.root(), root.root(), "");
    REQUIRE_FALSE(kernel.has_value());
    CHECK(kernel.error().message == root.root().display("/etc/kmodpp/kernel.conf") +
                                        ": line 2: unknown word 'bogus'");
}

TEST_CASE("SimulatedKernel: an error in Module.symvers names the file and the line") {
    for (const char* row : {"0x123456789\tprintk\tvmlinux\tEXPORT_SYMBOL", "0x12345678",
                            "0x12345678\tprintk", "0x12345678\t\tvmlinux"}) {
        CAPTURE(row);
        test::SimulatedRoot root("symvers Module.symvers\n");
        root.directory().write("Module.symvers",
                               "0x1\tkfree\tvmlinux\tEXPORT_SYMBOL\n" + std::string(row));
        root.directory().write("m.ko", test::sound_module("m").build());
        auto file = io::ModuleFile::open(root.root(), "m.ko");
        REQUIRE(file.has_value());
        const Status status = root.kernel().load(*file, "", {});
        REQUIRE_FALSE(status.has_value());
        CHECK(status.error().kind == ErrorKind::malformed);
        CHECK(status.error().message.find("Module.symvers: line 2: not a row") !=
              std::string::npos);
    }
}
