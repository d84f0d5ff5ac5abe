// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/symbols.hpp.
#include "format/symbols.hpp"

#include <doctest/doctest.h>

#include <functional>

#include "base/text.hpp"
#include "format/export_limits.hpp"
#include "support/elf_builder.hpp"
#include "support/exact_copy.hpp"

using namespace kmodpp;
using namespace kmodpp::test;
using namespace std::string_view_literals;

namespace {

std::string crc_text(std::optional<std::uint32_t> crc) {
    return crc ? hex(*crc) : std::string("-");
}
std::string shown(const ModuleSymbols& symbols) {
    std::string out = "exports";
    for (const ExportedSymbol& symbol : symbols.exports)
        out += cat(" ", symbol.name, ":", crc_text(symbol.crc));
    out += " needs";
    for (const NeededSymbol& symbol : symbols.needs)
        out +=
            cat(" ", symbol.name, ":", crc_text(symbol.crc), symbol.weak ? ":weak" : "");
    return out;
}

/// Returns the lists of read_symbols as text, or its error message.
std::string symbols_of(const std::string& file) {
    MemorySource source(as_bytes(file));
    const auto image = elf::Image::parse(source);
    REQUIRE(image.has_value());
    const auto symbols = read_symbols(*image);
    if (symbols) return shown(*symbols);
    CHECK(symbols.error().kind == ErrorKind::malformed);
    return symbols.error().message;
}
std::string symbols_of(const ElfBuilder& builder) { return symbols_of(builder.build()); }

std::string gpl_only_of(const std::string& file) {
    MemorySource source(as_bytes(file));
    const auto image = elf::Image::parse(source);
    REQUIRE(image.has_value());
    const auto names = read_gpl_only_exports(*image);
    if (!names) return names.error().message;
    std::string out;
    for (const std::string_view name : *names) out += cat(name, " ");
    return out;
}
std::string gpl_only_of(const ElfBuilder& builder) {
    return gpl_only_of(builder.build());
}

}  // namespace

TEST_CASE("read_symbols: lists exports with CRCs, and needed symbols in table order") {
    for (const auto& [name, target] : all_targets())
        for (const CrcPlace place : {CrcPlace::absolute, CrcPlace::section}) {
            CAPTURE(name);
            CHECK(
                symbols_of(ElfBuilder(target)
                               .exports("zeta", 0x12345678, false, place)
                               .exports("alpha", 0xfedcba98, true, place)
                               .undefined("printk")
                               .undefined_weak("maybe")
                               .undefined("no_version")
                               .version("module_layout", 0xff)
                               .version("maybe", 0x80000001)
                               .version("printk", 0x1)) ==
                "exports zeta:0x12345678 alpha:0xfedcba98 "
                "needs printk:0x1 maybe:0x80000001:weak no_version:- module_layout:0xff");
        }
}

TEST_CASE("read_symbols: prefers the CRCs of the extended modversions") {
    for (const auto& [name, target] : all_targets()) {
        CAPTURE(name);
        const std::string long_name(200, 'n');
        CHECK(symbols_of(ElfBuilder(target)
                             .undefined("a")
                             .undefined(long_name)
                             .version("a", 0x1)
                             .extended_version("a", 0x12345678)
                             .extended_version(long_name, 0x3)) ==
              cat("exports needs a:0x12345678 ", long_name, ":0x3"));
    }
}

TEST_CASE("read_symbols: ignores undefined symbols that the kernel does not resolve") {
    CHECK(symbols_of(ElfBuilder()
                         .undefined("g2", STB_GLOBAL, 13)  // a SPARC register
                         .undefined("local", STB_LOCAL)
                         .undefined("")
                         .defined("own", ".text")
                         .absolute("number", 7)
                         .undefined(".dotted")) == "exports needs .dotted:-");
}

TEST_CASE("read_symbols: reads exports without CRCs from __ksymtab_strings") {
    CHECK(symbols_of(ElfBuilder().exports("a", {}).exports("b", {}, true)) ==
          "exports a:- b:- needs");
    CHECK(symbols_of(ElfBuilder().section("__ksymtab_strings", "\0a\0\0b\0"sv)) ==
          "exports a:- b:- needs");
    // Each name is followed by that of its namespace.
    CHECK(
        symbols_of(ElfBuilder().section("__ksymtab_strings", "a\0SPACE\0b\0SPACE\0"sv)) ==
        "exports a:- SPACE:- b:- needs");
    CHECK(symbols_of(ElfBuilder().section("__ksymtab_strings", "a\0b"sv)) ==
          "__ksymtab_strings: the last name is not terminated");
}

TEST_CASE("read_symbols: lists exports without a CRC next to exports with one") {
    for (const auto& [name, target] : all_targets()) {
        CAPTURE(name);
        CHECK(symbols_of(ElfBuilder(target)
                             .exports("a", {})
                             .exports("b", 0x2)
                             .exports("c", {}, true)
                             .exports("d", 0x4, true)) ==
              "exports b:0x2 d:0x4 a:- c:- needs");
    }
    // If any export has a CRC, the strings are not used: some of them are namespaces.
    CHECK(symbols_of(ElfBuilder().exports("b", 0x2).section(
              "__ksymtab_strings", "b\0NAMESPACE\0"sv)) == "exports b:0x2 needs");
    CHECK(symbols_of(ElfBuilder().exports("b", 0x2).undefined("__ksymtab_a")) ==
          "exports b:0x2 needs __ksymtab_a:-");
}

TEST_CASE("read_symbols: an undefined weak __crc_ symbol is an export without a CRC") {
    CHECK(symbols_of(ElfBuilder().undefined_weak("__crc_a").exports("b", 0x2)) ==
          "exports a:- b:0x2 needs");
}

TEST_CASE("read_symbols: without a symbol table, modversions list the needed symbols") {
    CHECK(symbols_of(ElfBuilder()
                         .version("b", 2)
                         .version("a", 1)
                         .section("__ksymtab_strings", "x\0"sv)
                         .stripped()) == "exports x:- needs b:0x2 a:0x1");
    CHECK(symbols_of(ElfBuilder().text(4).stripped()) == "exports needs");
}

TEST_CASE("read_symbols: matches many modversions in any order") {
    ElfBuilder builder;
    std::string expected = "exports needs";
    for (int i = 0; i < 500; ++i) {
        builder.undefined(cat("s", i));
        expected += cat(" s", i, ":", hex(static_cast<unsigned>(i) + 1));
    }
    for (int i = 499; i >= 0; --i)
        builder.version(cat("s", i), static_cast<std::uint32_t>(i) + 1);
    CHECK(symbols_of(builder) == expected);
}

TEST_CASE("read_symbols: matches modversions with equal hashes, the first of each name") {
    ElfBuilder builder;
    std::string expected = "exports needs", repeated;
    // Equal in their length and in their first and last eight bytes.
    const auto name = [](int i) { return cat("beginning", 100 + i, "the_same_end"); };
    for (int i = 0; i < 300; ++i) {
        builder.undefined(name(i));
        expected += cat(" ", name(i), ":", hex(static_cast<unsigned>(i) + 1));
    }
    for (int i = 299; i >= 0; --i)
        builder.version(name(i), static_cast<std::uint32_t>(i) + 1);
    for (int i = 0; i < 2; ++i) {
        builder.version(name(i), 0x99);
        repeated += cat(" ", name(i), ":0x99");
    }
    CHECK(symbols_of(builder) == expected + repeated);
}

TEST_CASE("read_symbols: skips local symbols of modules without exports") {
    ElfBuilder builder;
    builder.undefined("first").undefined("second");
    const auto with_first_global = [](const ElfBuilder& module, std::uint64_t index) {
        std::string file = module.build();
        patch_section(file, ".symtab", "sh_info", index);
        return symbols_of(file);
    };
    CHECK(with_first_global(builder, 2) == "exports needs second:-");
    // Not an index of the table.
    for (const std::uint64_t index : {0, 4, 1000})
        CHECK(with_first_global(builder, index) == "exports needs first:- second:-");
    builder.section("__ksymtab_strings", std::string("an_export", 10));
    CHECK(with_first_global(builder, 2) == "exports an_export:- needs first:- second:-");
}

TEST_CASE("read_symbols: limits the length of a name as the kernel does") {
    const std::string longest(elf::kMaxName, 'n'), longer = longest + "n";
    CHECK(symbols_of(ElfBuilder().undefined(longest)).ends_with("nnn:-"));
    const std::string error =
        cat("symbol ", std::string(40, 'n'), "...: its name is longer than 1024 bytes");
    CHECK(symbols_of(ElfBuilder().undefined(longer)) == error);
    CHECK(symbols_of(ElfBuilder().absolute("__crc_" + longer, 1))
              .contains("its name is longer than 1024 bytes"));
    // The kernel does not check the names of other symbols.
    CHECK(symbols_of(ElfBuilder().defined(longer, ".text")) == "exports needs");
}

TEST_CASE("read_symbols: names the damaged section or symbol") {
    const struct {
        std::string_view name;
        ElfBuilder builder;
        std::function<void(std::string&)> damage;
        std::string_view expected;
    } cases[] = {
        {"size of __versions", ElfBuilder().section("__versions", std::string(65, '\0')),
         nullptr, "__versions: size 0x41 is not a multiple of 64"},
        {"name in __versions", ElfBuilder().section("__versions", std::string(64, 'x')),
         nullptr, "__versions: row 0: the name is not terminated: xxxx"},
        {"CRCs alone", ElfBuilder().section("__version_ext_crcs", "1234"), nullptr,
         "__version_ext_crcs without __version_ext_names"},
        {"names alone", ElfBuilder().section("__version_ext_names", "a\0"sv), nullptr,
         "__version_ext_names without __version_ext_crcs"},
        {"half a CRC",
         ElfBuilder()
             .section("__version_ext_crcs", "12345")
             .section("__version_ext_names", "a\0"sv),
         nullptr, "__version_ext_crcs: size 0x5 is not a multiple of 4"},
        {"fewer names",
         ElfBuilder()
             .section("__version_ext_crcs", "12345678")
             .section("__version_ext_names", "a\0"sv),
         nullptr, "__version_ext_names: 1 names for 2 CRCs"},
        {"more names",
         ElfBuilder()
             .section("__version_ext_crcs", "1234")
             .section("__version_ext_names", "a\0b\0"sv),
         nullptr,
         "__version_ext_names: more names than the 1 CRCs of __version_ext_crcs"},
        {"names not terminated",
         ElfBuilder()
             .section("__version_ext_crcs", "1234")
             .section("__version_ext_names", "a"),
         nullptr, "__version_ext_names: the last name is not terminated"},
        {"CRC past its section", ElfBuilder().exports("a", 1, false, CrcPlace::section),
         [](std::string& f) { patch_symbol(f, "__crc_a", "st_value", 1); },
         "symbol __crc_a: value 0x1 is not the offset of a CRC in section 4 (__kcrctab) "
         "of 0x4 bytes"},
        {"CRC far away", ElfBuilder().exports("a", 1, false, CrcPlace::section),
         [](std::string& f) {
             patch_symbol(f, "__crc_a", "st_value", 0xffffffffffffffff);
         },
         "symbol __crc_a: value 0xffffffffffffffff is not the offset of a CRC in section "
         "4"},
        {"CRC in no section", ElfBuilder().exports("a", 1, false, CrcPlace::section),
         [](std::string& f) { patch_symbol(f, "__crc_a", "st_shndx", 99); },
         "symbol __crc_a: section 99 is not one of the 8 sections"},
        {"CRC in a common block", ElfBuilder().exports("a", 1, false, CrcPlace::section),
         [](std::string& f) { patch_symbol(f, "__crc_a", "st_shndx", SHN_COMMON); },
         "symbol __crc_a: section 65522 is not one of the 8 sections"},
        {"CRC section without bytes",
         ElfBuilder().exports("a", 1, false, CrcPlace::section),
         [](std::string& f) { patch_section(f, "__kcrctab", "sh_type", SHT_NOBITS); },
         "section 4 (__kcrctab) has no bytes in the file"},
        {"name of a symbol after an export without CRC",
         ElfBuilder().exports("a", {}).exports("b", 2).undefined("c"),
         [](std::string& f) { patch_symbol(f, "c", "st_name", 0x1000); },
         "symbol 6: name offset 0x1000 lies outside a string table"},
        {"name of a symbol", ElfBuilder().undefined("a"),
         [](std::string& f) { patch_symbol(f, "a", "st_name", 0x1000); },
         "symbol 1: name offset 0x1000 lies outside a string table of 0x3 bytes"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        std::string file = c.builder.build();
        if (c.damage) c.damage(file);
        const std::string message = symbols_of(file);
        CAPTURE(message);
        CHECK(message.find(c.expected) != std::string::npos);
    }
}

TEST_CASE("read_modversions: returns the rows unchanged") {
    for (const auto& [name, target] : all_targets()) {
        CAPTURE(name);
        // The longest name that fits into a row of this class.
        const std::string longest(target.is_64 ? 55 : 59, 'x');
        const std::string file =
            ElfBuilder(target).version("b", 0x87654321).version(longest, 7).build();
        MemorySource source(as_bytes(file));
        const auto versions = read_modversions(elf::Image::parse(source).value());
        REQUIRE(versions.has_value());
        REQUIRE(versions->size() == 2);
        CHECK(versions->at(0).name == "b");
        CHECK(versions->at(0).crc == 0x87654321);
        CHECK(versions->at(1).name == longest);
        CHECK(versions->at(1).crc == 7);
    }
}

TEST_CASE("read_gpl_only_exports: lists the names in __ksymtab_gpl") {
    for (const auto& [name, target] : all_targets()) {
        CAPTURE(name);
        CHECK(gpl_only_of(ElfBuilder(target)
                              .exports("z", 1, true)
                              .exports("free", 2)
                              .exports("a", {}, true)) == "a z ");
    }
    CHECK(gpl_only_of(ElfBuilder().exports("free", 1)) == "");
    CHECK(gpl_only_of(ElfBuilder().text(1).stripped()) == "");
}

TEST_CASE("read_gpl_only_exports: reads the flags of __kflagstab") {
    for (const auto& [name, target] : all_targets()) {
        CAPTURE(name);
        const ElfBuilder builder = ElfBuilder(target)
                                       .flagged_export("c", 1, true)
                                       .flagged_export("b", 2, false)
                                       .flagged_export("a", {}, true);
        CHECK(gpl_only_of(builder) == "a c ");
        // A module may have both: __ksymtab_gpl from before __kflagstab, and the flags.
        CHECK(gpl_only_of(ElfBuilder(builder).exports("old", 3, true)) == "a c old ");
    }
}

TEST_CASE("read_gpl_only_exports: refuses flags that do not fit the exports") {
    const ElfBuilder two =
        ElfBuilder().flagged_export("a", 1, true).flagged_export("b", 2, false);
    CHECK(gpl_only_of(ElfBuilder(two).section("__kflagstab", std::string(5, '\1'))) ==
          "__kflagstab: 5 flags do not match the 0x18 bytes of __ksymtab");
    CHECK(gpl_only_of(ElfBuilder(two).section("__kflagstab", std::string(48, '\1'))) ==
          "__kflagstab: 48 flags do not match the 0x18 bytes of __ksymtab");
    std::string file = two.build();
    patch_symbol(file, "__ksymtab_b", "st_value", 0x18);
    CHECK(gpl_only_of(file) ==
          "__kflagstab: __ksymtab_b at 0x18 is not one of 2 entries of 12 bytes");
    patch_symbol(file, "__ksymtab_b", "st_value", 5);
    CHECK(gpl_only_of(file) ==
          "__kflagstab: __ksymtab_b at 0x5 is not one of 2 entries of 12 bytes");
    CHECK(gpl_only_of(ElfBuilder(two).section("__kflagstab", "")) ==
          "__kflagstab: 0 flags do not match the 0x18 bytes of __ksymtab");
    CHECK(gpl_only_of(ElfBuilder().section("__kflagstab", "\1")) == "");
}

TEST_CASE("read_symbols: survives truncated sections and any single changed byte") {
    for (const auto& [name, target] : all_targets()) {
        CAPTURE(name);
        const std::string file = ElfBuilder(target)
                                     .flagged_export("a", 1, true)
                                     .exports("b", 2, true, CrcPlace::section)
                                     .undefined("c")
                                     .version("c", 3)
                                     .extended_version("c", 4)
                                     .build();
        const auto read = [](Bytes bytes) {
            MemorySource source(bytes);
            const auto image = elf::Image::parse(source);
            if (!image) return false;
            const auto symbols = read_symbols(*image);
            const auto gpl_only = read_gpl_only_exports(*image);
            return symbols.has_value() && gpl_only.has_value();
        };
        CHECK(read(as_bytes(file)));
        for (const std::string_view section :
             {"__ksymtab"sv, "__ksymtab_strings"sv, "__kcrctab"sv, "__version_ext_crcs"sv,
              "__version_ext_names"sv, "__kflagstab"sv, ".symtab"sv, ".strtab"sv}) {
            MemorySource source(as_bytes(file));
            const std::uint64_t size =
                elf::Image::parse(source).value().find(section)->sh_size;
            bool refused = false;
            for (std::uint64_t cut = 0; cut < size; ++cut) {
                std::string shorter = file;
                patch_section(shorter, section, "sh_size", cut);
                refused = !read(ExactCopy(shorter).bytes()) || refused;
            }
            CAPTURE(section);
            // The strings are not read if there are CRCs.
            CHECK(refused == (section != "__ksymtab_strings"));
        }
        std::size_t accepted = 0;
        for (std::size_t at = 0; at < file.size(); ++at)
            for (const char value : {'\0', '\x01', '\x80', '\xff'}) {
                ExactCopy copy(file);
                copy.set(at, value);
                accepted += read(copy.bytes());
            }
        CHECK(accepted > 0);
    }
}
