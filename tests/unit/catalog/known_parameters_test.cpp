// SPDX-License-Identifier: LGPL-2.1-or-later
// The parameters of module files and of builtin modules.
#include "catalog/known_parameters.hpp"

#include <doctest/doctest.h>

#include <string>

#include "support/elf_builder.hpp"
#include "support/module_directory.hpp"

using namespace kmodpp;
using namespace std::string_literals;
using kmodpp::test::ElfBuilder;
using kmodpp::test::ModuleDirectory;

TEST_CASE("KnownParameters: described in .modinfo, or a symbol of __param alone") {
    ModuleDirectory modules;
    modules.dep({"kernel/m.ko:"});
    modules.file("kernel/m.ko", ElfBuilder()
                                    .info("parmtype", "level:int")
                                    .info("parm", "text-only:said")
                                    .section("__param", std::string(80, '\0'))
                                    .defined("__param_hidden", "__param", 0, STB_LOCAL)
                                    .defined("other", "__param", 40, STB_LOCAL)
                                    .defined("__param_no", ".text", 0, STB_LOCAL)
                                    .absolute("__param_never", 7)
                                    .build());
    Catalog catalog = modules.catalog();
    const auto known = KnownParameters::read(catalog, "m");
    REQUIRE(known.has_value());
    for (const std::string_view name :
         {"level", "text-only", "text_only", "hidden", "dyndbg", "async_probe"}) {
        CAPTURE(name);
        CHECK(known->has(name));
    }
    for (const std::string_view name : {"", "no", "never", "other", "leve", "Level"}) {
        CAPTURE(name);
        CHECK_FALSE(known->has(name));
    }
    CHECK_FALSE(known->may_have_more());
    CHECK(known->nearest("levle") == "level");
    CHECK(known->nearest("hiden") == "hidden");
    CHECK(known->nearest("something") == "");
}

TEST_CASE("KnownParameters: checks values where the type is known") {
    ModuleDirectory modules;
    modules.dep({"kernel/m.ko:", "kernel/narrow.ko:"});
    modules.file("kernel/m.ko", ElfBuilder()
                                    .info("parmtype", "level:int")
                                    .info("parmtype", "size:ulong")
                                    .info("parmtype", "own:special")
                                    .info("parm", "free:text")
                                    .build());
    modules.file("kernel/narrow.ko", ElfBuilder(test::ElfTarget{.is_64 = false})
                                         .info("parmtype", "size:ulong")
                                         .build());
    Catalog catalog = modules.catalog();
    const auto known = KnownParameters::read(catalog, "m");
    REQUIRE(known.has_value());
    const struct {
        Parameter parameter;
        bool taken;
    } rows[] = {
        {{"level", "12"}, true},
        {{"level", "x"}, false},
        {{"level", std::nullopt}, false},
        {{"own", "x"}, true},
        {{"free", "x"}, true},
        {{"unknown", "x"}, true},
        {{"size", "0x100000000"}, true},
    };
    for (const auto& row : rows) {
        CAPTURE(row.parameter.name);
        CHECK(known->check(row.parameter).has_value() == row.taken);
    }
    // The width of a long is that of the module.
    const auto narrow = KnownParameters::read(catalog, "narrow");
    REQUIRE(narrow.has_value());
    CHECK_FALSE(narrow->check({"size", "0x100000000"}).has_value());
}

TEST_CASE("KnownParameters: of a builtin module only the described ones are known") {
    ModuleDirectory modules;
    modules.dep({});
    Catalog without = modules.catalog();
    const auto nothing = KnownParameters::read(without, "unix");
    REQUIRE(nothing.has_value());
    CHECK(nothing->may_have_more());
    CHECK_FALSE(nothing->has("level"));
    modules.file("modules.builtin.modinfo",
                 "un-ix.parmtype=level:int\0other.parm=loud:x\0"s);
    Catalog catalog = modules.catalog();
    const auto known = KnownParameters::read(catalog, "un_ix");
    REQUIRE(known.has_value());
    CHECK(known->has("level"));
    CHECK_FALSE(known->has("loud"));
    CHECK(known->may_have_more());
    CHECK_FALSE(known->check({"level", "x"}).has_value());
}

TEST_CASE("KnownParameters: any cut of a module file is an error or is read") {
    const std::string whole = ElfBuilder()
                                  .info("parmtype", "level:int")
                                  .section("__param", std::string(40, '\0'))
                                  .defined("__param_hidden", "__param", 0, STB_LOCAL)
                                  .build();
    ModuleDirectory modules;
    modules.dep({"kernel/m.ko:"});
    Catalog catalog = modules.catalog();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        modules.file("kernel/m.ko", whole.substr(0, size));
        const auto known = KnownParameters::read(catalog, "m");
        CAPTURE(size);
        REQUIRE_FALSE(known.has_value());
        CHECK(known.error().message.contains("kernel/m.ko"));
    }
}
