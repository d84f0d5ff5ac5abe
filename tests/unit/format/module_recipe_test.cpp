// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of support/module_recipe.hpp.
#include "support/module_recipe.hpp"

#include <doctest/doctest.h>

#include "base/text.hpp"
#include "format/export_limits.hpp"
#include "format/modinfo.hpp"
#include "format/symbols.hpp"

using namespace kmodpp;
using namespace kmodpp::test;

namespace {
std::string module_of(std::string_view recipe) {
    const auto parsed = parse_recipe(recipe, "x.ko.recipe");
    REQUIRE(parsed.has_value());
    return build_module(*parsed, "x");
}
}  // namespace

TEST_CASE("parse_recipe: builds the described module") {
    const std::string file = module_of(
        "# a driver\n"
        "\n"
        "class 32\n"
        "order big\n"
        "machine ppc\n"
        "info license=GPL v2\n"
        "info parm=x:a = b # c\n"
        "info empty=\n"
        "export do_it 0x12345678 gpl\n"
        "  export undo_it 9ABCDEF0\n"
        "export unversioned\n"
        "need printk 1\n"
        "need maybe weak\n"
        "need perhaps 0x2 weak\n"
        "text 100\n"
        "no-exit\n"
        "build-id 0123abCD\n");
    MemorySource source(as_bytes(file));
    const auto image = elf::Image::parse(source);
    REQUIRE(image.has_value());
    CHECK_FALSE(image->is_64());
    CHECK(image->order() == std::endian::big);
    CHECK(image->e_machine() == EM_PPC);
    CHECK(image->find(".text")->sh_size == 100);

    const auto info = read_modinfo(*image).value();
    REQUIRE(info.size() == 3);
    CHECK(find_info(info, "license") == "GPL v2");
    CHECK(find_info(info, "parm") == "x:a = b # c");
    CHECK(find_info(info, "empty") == "");

    const ModuleSymbols symbols = read_symbols(*image).value();
    REQUIRE(symbols.exports.size() == 3);
    CHECK(symbols.exports[0].name == "do_it");
    CHECK(symbols.exports[0].crc == 0x12345678);
    CHECK(symbols.exports[1].name == "undo_it");
    CHECK(symbols.exports[1].crc == 0x9abcdef0);
    CHECK(symbols.exports[2].name == "unversioned");
    CHECK(symbols.exports[2].crc == std::nullopt);
    REQUIRE(symbols.needs.size() == 3);
    CHECK(symbols.needs[0].name == "printk");
    CHECK(symbols.needs[0].crc == 1);
    CHECK_FALSE(symbols.needs[0].weak);
    CHECK(symbols.needs[1].name == "maybe");
    CHECK(symbols.needs[1].crc == std::nullopt);
    CHECK(symbols.needs[1].weak);
    CHECK(symbols.needs[2].crc == 2);
    CHECK(symbols.needs[2].weak);
    CHECK(read_gpl_only_exports(*image).value() ==
          std::vector<std::string_view>{"do_it"});

    std::string names;
    const auto table = image->symbols().value();
    for (const elf::Symbol& symbol : table) names += cat(symbol.name, " ");
    CHECK(names.find("init_module ") != std::string::npos);
    CHECK(names.find("cleanup_module ") == std::string::npos);
    CHECK(as_text(image->contents(".note.gnu.build-id").value()).substr(12) ==
          std::string_view("GNU\0\x01\x23\xab\xcd", 8));
}

TEST_CASE("parse_recipe: an empty recipe is a small module for x86-64") {
    const std::string file = module_of("");
    MemorySource source(as_bytes(file));
    const auto image = elf::Image::parse(source);
    REQUIRE(image.has_value());
    CHECK(image->is_64());
    CHECK(image->order() == std::endian::little);
    CHECK(image->e_machine() == EM_X86_64);
    CHECK(image->e_type() == ET_REL);
    CHECK(image->find(".init.text") != nullptr);
    CHECK(image->find(".exit.text") != nullptr);
    CHECK(as_text(image->contents(".gnu.linkonce.this_module").value()).substr(24, 2) ==
          std::string_view("x\0", 2));
}

TEST_CASE("parse_recipe: writes extended modversions on request") {
    const std::string file = module_of("need a 0x1\next-versions yes\n");
    MemorySource source(as_bytes(file));
    const auto image = elf::Image::parse(source);
    REQUIRE(image.has_value());
    CHECK(image->find("__versions") == nullptr);
    CHECK(read_modversions(*image).value().at(0).name == "a");
}

TEST_CASE("parse_recipe: builds exports and needs in the forms of several kernels") {
    const std::string file = module_of(
        "kflagstab yes\nexport free 0x1\nexport bound 0x2 gpl\nregister g2\nneed a\n");
    MemorySource source(as_bytes(file));
    const auto image = elf::Image::parse(source);
    REQUIRE(image.has_value());
    CHECK(as_text(image->contents("__kflagstab").value()) == std::string_view("\0\1", 2));
    CHECK(image->find("__ksymtab_gpl") == nullptr);
    CHECK(read_gpl_only_exports(*image).value() ==
          std::vector<std::string_view>{"bound"});
    const ModuleSymbols symbols = read_symbols(*image).value();
    REQUIRE(symbols.exports.size() == 2);
    CHECK(symbols.exports[1].crc == 2);
    REQUIRE(symbols.needs.size() == 1);
    CHECK(symbols.needs[0].name == "a");

    const std::string table = module_of("crc-place section\nexport a 0x1 gpl\n");
    MemorySource table_source(as_bytes(table));
    const auto table_image = elf::Image::parse(table_source);
    REQUIRE(table_image.has_value());
    CHECK(table_image->find("__kcrctab")->sh_size == 4);
    CHECK(read_symbols(*table_image).value().exports.at(0).crc == 1);
}

TEST_CASE("parse_recipe: builds damaged files with raw bytes and truncation") {
    CHECK(module_of("raw 7f454c46 00\nraw ff\n") == std::string("\x7f"
                                                                "ELF\0\xff",
                                                                6));
    CHECK(module_of("raw\n").empty());
    CHECK(module_of("raw 0102030405\ntruncate 2\n") == "\x01\x02");
    CHECK(module_of("raw 0102\ntruncate 5\n") == "\x01\x02");
    CHECK(module_of("truncate 70\n") == module_of("").substr(0, 70));
}

TEST_CASE("parse_recipe: reports file, line and fault") {
    const struct {
        std::string_view text, expected;
    } cases[] = {
        {"clas 64", "x.ko.recipe:1: unknown word 'clas'"},
        {"\n# c\nclass 16", "x.ko.recipe:3: class is 32 or 64"},
        {"class", "x.ko.recipe:1: class does not take 0 words"},
        {"class 32 64", "x.ko.recipe:1: class does not take 2 words"},
        {"order middle", "x.ko.recipe:1: order is little or big"},
        {"machine vax", "x.ko.recipe:1: unknown machine 'vax'"},
        {"info", "x.ko.recipe:1: unknown word 'info'"},
        {"info license", "x.ko.recipe:1: info needs KEY=VALUE"},
        {"export", "x.ko.recipe:1: export does not take 0 words"},
        {"export a xyz", "x.ko.recipe:1: 'xyz' is not a CRC"},
        {"export a 0x1 weak", "x.ko.recipe:1: 'weak' is not expected"},
        {"need a 0x123456789", "x.ko.recipe:1: '0x123456789' is not a CRC"},
        {"need a gpl", "x.ko.recipe:1: 'gpl' is not a CRC"},
        {"ext-versions maybe", "x.ko.recipe:1: 'maybe' is neither yes nor no"},
        {"crc-place here", "x.ko.recipe:1: crc-place is absolute or section"},
        {"kflagstab 1", "x.ko.recipe:1: '1' is neither yes nor no"},
        {"text -1", "x.ko.recipe:1: text is a size up to 67108864"},
        {"no-init now", "x.ko.recipe:1: no-init does not take 1 words"},
        {"build-id 012", "x.ko.recipe:1: '012' is not a row of hexadecimal bytes"},
        {"raw 0g", "x.ko.recipe:1: '0g' is not a row of hexadecimal bytes"},
        {"truncate x", "x.ko.recipe:1: truncate is a number of bytes"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.text);
        const auto recipe = parse_recipe(c.text, "x.ko.recipe");
        REQUIRE_FALSE(recipe.has_value());
        CHECK(recipe.error().message == c.expected);
    }
    const std::string long_need = cat("need ", std::string(56, 'n'), " 0x1");
    CHECK(parse_recipe(long_need, "x").error().message ==
          "x:1: a name with a CRC has at most 55 characters");
}
