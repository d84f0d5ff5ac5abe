// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of report/release_contents.hpp: what the modules of a release contain.
#include "report/release_contents.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/text.hpp"
#include "support/elf_builder.hpp"
#include "support/module_directory.hpp"

using namespace kmodpp;
using namespace std::string_literals;
using kmodpp::test::ElfBuilder;
using kmodpp::test::ModuleDirectory;

namespace {

class Release : public ModuleDirectory {
public:
    Result<ReleaseContents> read() {
        return read_release(
            {io::Root::open(files().string()).value(), std::string(kDirectory), "6.1.0"},
            {}, messages(), {});
    }
    ReleaseContents contents() {
        auto read_contents = read();
        REQUIRE(read_contents.has_value());
        return *std::move(read_contents);
    }
};

std::string shown(const std::pair<std::string, ExportedState>& symbol) {
    const ExportedState& state = symbol.second;
    return cat(symbol.first, " ", state.owner, " ", state.crc.value_or(0),
               state.gpl_only ? " gpl" : "", " ", state.symbol_namespace);
}

}  // namespace

TEST_CASE("read_release: reads aliases, parameters, firmware and exports of modules") {
    Release release;
    release.file("kernel/net/b-mod.ko", ElfBuilder()
                                            .info("alias", "pci:v1*")
                                            .info("alias", "net-b")
                                            .info("parmtype", "debug:int")
                                            .info("parm", "bare:no type")
                                            .info("firmware", "b.bin")
                                            .exports("plain", 7)
                                            .exports("strict", 8, true)
                                            .symbol_namespace("strict", "NS")
                                            .build());
    release.file("updates/a.ko", ElfBuilder().info("license", "GPL").build());
    release.file("modules.builtin", "kernel/fs/fixed.ko\nkernel/a.ko\n");
    release.file("modules.builtin.modinfo",
                 "fixed.alias=fs-fixed\0other.parmtype=p:int\0a.alias=not-used\0"s);
    const ReleaseContents contents = release.contents();
    CHECK(contents.summary.modules == 2);
    CHECK(contents.summary.builtin == 2);
    CHECK(contents.summary.unreadable == 0);
    CHECK(contents.summary.symvers.empty());
    CHECK(contents.summary.directory == release.outside("/lib/modules/6.1.0"));
    REQUIRE(contents.modules.size() == 4);
    // A file hides a built-in module of the same name.
    CHECK(contents.modules[0].path == "updates/a.ko");
    CHECK(contents.modules[0].aliases.empty());
    const ModuleContents& module = contents.modules[1];
    CHECK(module.name == "b_mod");
    CHECK(module.path == "kernel/net/b-mod.ko");
    CHECK(module.aliases == std::vector<std::string>{"pci:v1*", "net-b"});
    CHECK(module.firmware == std::vector<std::string>{"b.bin"});
    REQUIRE(module.parameters.size() == 2);
    CHECK(module.parameters[0] == std::pair("debug"s, "int"s));
    CHECK(module.parameters[1] == std::pair("bare"s, ""s));
    REQUIRE(module.exports.size() == 2);
    CHECK(shown(module.exports[0]) == "plain b_mod 7 ");
    CHECK(shown(module.exports[1]) == "strict b_mod 8 gpl NS");
    CHECK(contents.modules[2].name == "fixed");
    CHECK(contents.modules[2].builtin());
    CHECK(contents.modules[2].aliases == std::vector<std::string>{"fs-fixed"});
    CHECK(contents.modules[3].parameters.size() == 1);
}

TEST_CASE("read_release: finds the list of the kernel's exports") {
    constexpr std::string_view kList = "0x00000009\tfn\tvmlinux\tEXPORT_SYMBOL_GPL\tNS\n";
    for (const std::string place :
         {"lib/modules/6.1.0/build/Module.symvers", "lib/modules/6.1.0/symvers",
          "boot/symvers-6.1.0", "usr/src/linux-headers-6.1.0/Module.symvers",
          "usr/src/kernels/6.1.0/Module.symvers"}) {
        Release release;
        release.file("kernel/.keep", "");
        release.files().write(place, kList);
        const ReleaseContents contents = release.contents();
        CHECK(contents.summary.symvers == release.outside("/" + place));
        REQUIRE(contents.kernel_exports.size() == 1);
        CHECK(shown(contents.kernel_exports[0]) == "fn  9 gpl NS");
    }
}

TEST_CASE("read_release: a list of zeros has no CRCs, and a damaged list is an error") {
    Release release;
    release.file("symvers", "0x00000000\tfn\tvmlinux\tEXPORT_SYMBOL\t\n");
    CHECK_FALSE(release.contents().kernel_exports.at(0).second.crc.has_value());
    release.file("symvers", "what is this\n");
    const auto damaged = release.read();
    REQUIRE_FALSE(damaged.has_value());
    CHECK(damaged.error().message == cat(release.outside("/lib/modules/6.1.0/symvers"),
                                         ": line 1: not a row of this format: 'what…'"));
}

TEST_CASE("read_release: reports modules that cannot be read, and counts them") {
    Release release;
    release.file("kernel/broken.ko", "not a module");
    const ReleaseContents contents = release.contents();
    CHECK(contents.summary.unreadable == 1);
    REQUIRE(contents.modules.size() == 1);
    CHECK(contents.modules[0].path == "kernel/broken.ko");
    CHECK(release.messages().has(
        cat("error: ", release.outside("/lib/modules/6.1.0/kernel/broken.ko"))));
}

TEST_CASE("read_release: fails without a module directory") {
    Release release;
    CHECK_FALSE(release.read().has_value());
}
