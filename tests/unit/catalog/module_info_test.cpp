// SPDX-License-Identifier: LGPL-2.1-or-later
// The information about modules, from their files and from modules.builtin.modinfo.
#include "catalog/module_info.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/elf_builder.hpp"
#include "support/module_directory.hpp"

using namespace kmodpp;
using namespace std::string_literals;
using kmodpp::test::ElfBuilder;
using kmodpp::test::ModuleDirectory;

namespace {

/// Fields and parameters as lines.
std::vector<std::string> lines_of(const ModuleInfo& info) {
    std::vector<std::string> lines;
    for (const InfoField& field : info.fields)
        lines.push_back(cat(field.key, "=", field.value));
    for (const ParameterField& parameter : info.parameters)
        lines.push_back(cat(parameter.name, ":", parameter.description.value_or("-"), ":",
                            parameter.type.value_or("-")));
    return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("read_module_info: keeps the order of fields and merges parameters") {
    ModuleDirectory modules;
    modules.file("kernel/snd-pcm.ko", ElfBuilder()
                                          .info("license", "GPL")
                                          .info("parm", "debug:say more")
                                          .info("alias", "b")
                                          .info("parmtype", "debug:int")
                                          .info("parmtype", "raw:bool")
                                          .info("alias", "a")
                                          .build());
    const auto info =
        read_module_info(modules.root(), "/lib/modules/6.1.0/kernel/snd-pcm.ko");
    REQUIRE(info.has_value());
    CHECK(info->name == "snd_pcm");
    CHECK(info->filename == modules.outside("/lib/modules/6.1.0/kernel/snd-pcm.ko"));
    CHECK_FALSE(info->builtin);
    CHECK(lines_of(*info) == Lines{"license=GPL", "alias=b", "parmtype=debug:int",
                                   "parmtype=raw:bool", "alias=a", "debug:say more:int",
                                   "raw:-:bool"});
    CHECK(info->build_id.empty());
    CHECK_FALSE(info->signature.has_value());
    CHECK(info->signature_fault.empty());
}

TEST_CASE("read_module_info: a damaged signature does not hide the other fields") {
    ModuleDirectory modules;
    modules.file("a.ko", ElfBuilder()
                             .info("license", "GPL")
                             .build_id("\x01\x02")
                             .append(test::signature_tail({.sig_len = 0xFFFFFF}))
                             .build());
    const auto info = read_module_info(modules.root(), "/lib/modules/6.1.0/a.ko");
    REQUIRE(info.has_value());
    CHECK(lines_of(*info) == Lines{"license=GPL"});
    CHECK(info->build_id == "\x01\x02");
    CHECK_FALSE(info->signature.has_value());
    CHECK(info->signature_fault != "");
}

TEST_CASE("read_module_info: errors name the file once") {
    ModuleDirectory modules;
    const std::string whole = ElfBuilder().info("license", "GPL").build();
    modules.file("text.ko", "no module");
    modules.file("program.ko", ElfBuilder().build());
    modules.file("cut.ko", whole.substr(0, whole.size() / 2));
    modules.file("packed.ko.xz", "\xFD" + "7zXZ\0broken"s);
    for (const std::string_view name :
         {"text.ko", "program.ko", "cut.ko", "packed.ko.xz", "none.ko"}) {
        CAPTURE(name);
        const std::string path = cat("/lib/modules/6.1.0/", name);
        const auto info = read_module_info(modules.root(), path);
        REQUIRE_FALSE(info.has_value());
        const std::string& message = info.error().message;
        CAPTURE(message);
        const std::size_t at = message.find(modules.outside(path));
        CHECK(at != std::string::npos);
        CHECK(message.find(modules.outside(path), at + 1) == std::string::npos);
    }
}

TEST_CASE("read_builtin_info: returns the entries of one module") {
    ModuleDirectory modules;
    modules.file("modules.builtin.modinfo",
                 "snd_pcm.license=GPL\0unix.alias=net-pf-1\0snd_pcm.parm=a:text\0"s);
    Catalog catalog = modules.catalog();
    const auto info = read_builtin_info(catalog, "snd-pcm");
    REQUIRE(info.has_value());
    CHECK(info->name == "snd_pcm");
    CHECK(info->filename == "(builtin)");
    CHECK(info->builtin);
    CHECK(lines_of(*info) == Lines{"license=GPL", "a:text:-"});
    CHECK(lines_of(*read_builtin_info(catalog, "other")).empty());
    modules.file("modules.builtin.modinfo", "snd_pcm.license=GPL\0damaged\0a.b=c\0"s);
    // modules.builtin.modinfo was read already and is not read again.
    CHECK(read_builtin_info(catalog, "a")->fields.empty());
    CHECK(modules.messages().lines().empty());
    // Only the damaged entry is lost, and it is reported once.
    Catalog reopened = modules.catalog();
    CHECK(lines_of(*read_builtin_info(reopened, "snd_pcm")) == Lines{"license=GPL"});
    CHECK(lines_of(*read_builtin_info(reopened, "a")) == Lines{"b=c"});
    CHECK(modules.messages().lines() ==
          Lines{cat(
              "error: ", modules.outside("/lib/modules/6.1.0/modules.builtin.modinfo"),
              ": the entry at 0x14 does not name a module: damaged; skipped")});
}
