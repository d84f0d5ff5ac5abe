// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/parameter_table.hpp, on module files built like those of a compiler.
#include "format/parameter_table.hpp"

#include <doctest/doctest.h>

#include <cstring>

#include "format/parameters.hpp"
#include "format/relocations.hpp"
#include "support/elf_builder.hpp"
#include "support/parameter_module.hpp"

namespace {

using namespace kmodpp;
using test::ElfBuilder;
using test::ParameterModule;

Result<std::vector<ParameterEntry>> read_table(const std::string& file) {
    MemorySource source(as_bytes(file));
    TRY_ASSIGN(const elf::Image image, elf::Image::parse(source));
    TRY_ASSIGN(const auto info, read_modinfo(image));
    return read_parameter_table(image, info);
}

}  // namespace

TEST_CASE("read_parameter_table: formats initial values as the kernel does") {
    ParameterModule module;
    const struct {
        const char* type;
        std::uint64_t at;
        const char* shown;
    } cases[] = {
        {"int", module.number<std::uint32_t>(5), "5"},
        {"int", module.number<std::uint32_t>(-7u), "-7"},
        {"int", module.number<std::uint32_t>(0x80000000), "-2147483648"},
        {"short", module.number<std::uint16_t>(0xfffd), "-3"},
        {"ushort", module.number<std::uint16_t>(0xfffd), "65533"},
        {"byte", module.number<std::uint8_t>(200), "200"},
        {"ulong", module.number<std::uint64_t>(~0ull), "18446744073709551615"},
        {"long", module.number<std::uint64_t>(~0ull), "-1"},
        {"ullong", module.number<std::uint64_t>(1ull << 40), "1099511627776"},
        {"hexint", module.number<std::uint32_t>(0x1f), "0x00001f"},
        {"bool", module.number<std::uint8_t>(1), "Y"},
        {"bool", module.number<std::uint8_t>(0), "N"},
        {"invbool", module.number<std::uint8_t>(0), "Y"},
        {"bint", module.number<std::uint32_t>(0), "0"},
        {"charp", module.number<std::uint64_t>(0), "(null)"},
    };
    for (std::size_t i = 0; i < std::size(cases); ++i)
        module.add("p" + std::to_string(i), cases[i].type, cases[i].at);
    const auto entries = read_table(module.build());
    REQUIRE(entries.has_value());
    REQUIRE(entries->size() == std::size(cases));
    for (std::size_t i = 0; i < std::size(cases); ++i) {
        CAPTURE(cases[i].type);
        CHECK((*entries)[i].name == "p" + std::to_string(i));
        CHECK((*entries)[i].perm == 0444);
        CHECK((*entries)[i].initial == std::vector<std::string>{cases[i].shown});
    }
}

TEST_CASE("read_parameter_table: follows pointers to strings, arrays and buffers") {
    ParameterModule module;
    const std::uint64_t text = module.number<std::uint64_t>(0);
    module.text_pointer(text, "a text");
    module.add("text", "charp", text, 0644);

    const std::uint64_t buffer = module.data(std::string("ab\0xxxxx", 8));
    const std::uint64_t string =
        module.data(std::string("\x08\0\0\0", 4) + std::string(12, '\0'));
    module.pointer(string + 8, buffer);
    module.add("buffer", "string", string, 0);

    const std::uint64_t elements =
        module.data(std::string("\1\0\0\0\2\0\0\0\3\0\0\0", 12));
    const std::uint64_t count = module.number<std::uint32_t>(2);
    const auto array = [&](bool counted) {
        const std::uint64_t at =
            module.data(std::string("\3\0\0\0\4\0\0\0", 8) + std::string(24, '\0'));
        if (counted) module.pointer(at + 8, count);
        module.pointer(at + 24, elements);
        return at;
    };
    module.add("counted", "array of int", array(true));
    module.add("whole", "array of int", array(false));
    module.add("own", "my_type", elements);

    const auto entries = read_table(module.build());
    REQUIRE(entries.has_value());
    REQUIRE(entries->size() == 5);
    const ParameterEntry &charp = (*entries)[0], &kept = (*entries)[1],
                         &counted = (*entries)[2], &whole = (*entries)[3],
                         &own = (*entries)[4];
    CHECK(charp.initial == std::vector<std::string>{"a text"});
    CHECK(charp.perm == 0644);
    CHECK(kept.initial == std::vector<std::string>{"ab"});
    CHECK(kept.max_size == 8);
    CHECK(kept.perm == 0);
    CHECK(counted.initial == std::vector<std::string>{"1", "2"});
    CHECK(counted.counts_elements);
    CHECK(counted.max_elements == 3);
    CHECK(whole.initial == std::vector<std::string>{"1", "2", "3"});
    CHECK_FALSE(whole.counts_elements);
    CHECK_FALSE(own.initial.has_value());
}

TEST_CASE("read_parameter_table: returns no entries for a module without a table") {
    const auto entries = read_table(ElfBuilder().text(8).this_module("m").build());
    REQUIRE(entries.has_value());
    CHECK(entries->empty());
}

TEST_CASE("read_parameter_table: survives any single changed byte of its sections") {
    ParameterModule module;
    const std::uint64_t text = module.number<std::uint64_t>(0);
    module.text_pointer(text, "a");
    module.add("text", "charp", text);
    const std::uint64_t list =
        module.data(std::string("\3\0\0\0\4\0\0\0", 8) + std::string(24, '\0'));
    module.pointer(list + 24, text);
    module.add("list", "array of int", list);
    const std::string file = module.build();
    std::size_t read_well = 0;
    for (std::size_t i = 64; i < file.size(); ++i)
        for (const char value : {'\0', '\x7f', '\xff'}) {
            std::string damaged = file;
            damaged[i] = value;
            if (read_table(damaged)) ++read_well;
        }
    CHECK(read_well > 0);
}

TEST_CASE("read_parameter_table: limits the total size of initial values") {
    // Every entry refers to the same array. Without the limit, a module of 146 KB made
    // the loader use 1.7 GB.
    ParameterModule module;
    const std::uint64_t zeroes = module.data(std::string(4096, '\0'));
    const std::uint64_t array = module.data(std::string("\0\x10\0\0\1\0\0\0", 8) +
                                            std::string(16, '\0') + std::string(8, '\0'));
    module.pointer(array + 24, zeroes);
    const std::uint64_t half =
        module.data(std::string("\0\4\0\0\1\0\0\0", 8) + std::string(24, '\0'));
    module.pointer(half + 24, zeroes);
    constexpr int kEntries = 1000;
    for (int i = 0; i < kEntries; ++i)
        module.add("p" + std::to_string(i), "array of byte", i % 2 == 0 ? array : half);
    const auto entries = read_table(module.build());
    REQUIRE(entries.has_value());
    REQUIRE(entries->size() == kEntries);
    std::size_t bytes = 0, shown = 0;
    for (const ParameterEntry& entry : *entries) {
        if (!entry.initial) continue;
        ++shown;
        for (const std::string& text : *entry.initial) bytes += text.size() + 1;
    }
    // 4,096 elements do not fit into the page that the kernel shows.
    CHECK_FALSE(entries->front().initial.has_value());
    CHECK(shown == kMaxInitialTexts / 2048);
    CHECK(bytes <= kMaxInitialTexts);
}

TEST_CASE(
    "read_parameter_table: limits the number of relocations, even if sections overlap") {
    ParameterModule module;
    module.add("one", "int", module.number<std::uint32_t>(5));
    std::string file = module.build();
    file.resize(file.size() + 24 * (kMaxRelocations + 1));
    test::patch_section(file, ".rela__param", "sh_size", 24 * (kMaxRelocations + 1));
    const auto entries = read_table(file);
    REQUIRE_FALSE(entries.has_value());
    CHECK(entries.error().message.contains("relocations"));
}

TEST_CASE("read_parameter_table: reads the relocations of 64-bit little-endian MIPS") {
    ParameterModule module(EM_MIPS);
    module.add("one", "int", module.number<std::uint32_t>(5));
    const auto entries = read_table(module.build());
    REQUIRE(entries.has_value());
    REQUIRE(entries->size() == 1);
    CHECK(entries->front().name == "one");
    CHECK(entries->front().initial == std::vector<std::string>{"5"});
}
