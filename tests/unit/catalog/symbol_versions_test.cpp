// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of catalog/symbol_versions.hpp.
#include "catalog/symbol_versions.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/module_directory.hpp"
#include "support/module_recipe.hpp"

using namespace kmodpp;
using kmodpp::test::ModuleDirectory;

namespace {

std::string module_of(std::string_view recipe) {
    return test::build_module(test::parse_recipe(recipe, "recipe").value(), "m");
}

std::vector<std::string> lines_of(const std::vector<SymbolVersion>& versions) {
    std::vector<std::string> lines;
    for (const SymbolVersion& version : versions)
        lines.push_back(
            cat(version.crc ? hex32(*version.crc) : "none", " ", version.name));
    return lines;
}

using Lines = std::vector<std::string>;
constexpr std::string_view kModule = "/lib/modules/6.1.0/m.ko";

}  // namespace

TEST_CASE("read_symbol_versions: keeps the order of the file") {
    ModuleDirectory modules;
    modules.file("m.ko", module_of("need zeta 12345678\nneed alpha 1\nneed bare\n"));
    const auto versions = read_symbol_versions(modules.root(), kModule);
    REQUIRE(versions.has_value());
    CHECK(lines_of(*versions) == Lines{"0x12345678 zeta", "0x00000001 alpha"});
}

TEST_CASE("read_exports: keeps the order of the symbol table, with or without versions") {
    ModuleDirectory modules;
    modules.file("m.ko", module_of("export zeta 12345678\nexport alpha 1 gpl\n"));
    const auto versioned = read_exports(modules.root(), kModule);
    REQUIRE(versioned.has_value());
    CHECK(lines_of(*versioned) == Lines{"0x12345678 zeta", "0x00000001 alpha"});
    modules.file("m.ko", module_of("export zeta\nexport alpha\n"));
    const auto bare = read_exports(modules.root(), kModule);
    REQUIRE(bare.has_value());
    CHECK(lines_of(*bare) == Lines{"none zeta", "none alpha"});
}

TEST_CASE("read_exports, read_symbol_versions: report a module without any") {
    ModuleDirectory modules;
    modules.file("m.ko", module_of("info license=GPL\n"));
    CHECK(lines_of(read_exports(modules.root(), kModule).value()).empty());
    CHECK(lines_of(read_symbol_versions(modules.root(), kModule).value()).empty());
}

TEST_CASE("read_exports, read_symbol_versions: name the file once in errors") {
    ModuleDirectory modules;
    modules.file("m.ko", "no module");
    for (const auto& read : {read_exports, read_symbol_versions})
        for (const std::string_view path :
             {kModule, std::string_view("/lib/modules/6.1.0/none.ko")}) {
            CAPTURE(path);
            const auto versions = read(modules.root(), path);
            REQUIRE_FALSE(versions.has_value());
            const std::string& message = versions.error().message;
            CAPTURE(message);
            const std::size_t at = message.find(modules.outside(path));
            REQUIRE(at != std::string::npos);
            CHECK(message.find(modules.outside(path), at + 1) == std::string::npos);
        }
}
