// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of parameters in a module of its own making, as compilers lay it out.
#include "format/parameter_table.hpp"

#include <doctest/doctest.h>

#include <cstring>

#include "base/endian.hpp"
#include "format/parameters.hpp"
#include "support/elf_builder.hpp"

namespace {

using namespace kmodpp;
using test::ElfBuilder;

/// Collects the sections of a 64-bit little-endian module with parameters. Pointers are
/// relocations against a symbol at the start of the section that they lead to.
class ParameterModule {
public:
    /// \param at offset of the variable in .data
    void add(std::string_view name, std::string_view type, std::uint64_t at,
             std::uint16_t perm = 0444) {
        const std::uint64_t entry = table_.size();
        table_.append(40, '\0');
        std::string mode;
        append(mode, perm, std::endian::little);
        table_.replace(entry + 24, mode.size(), mode);
        point(table_pointers_, entry, kStrings, strings_.size());
        strings_ += std::string(name) + '\0';
        point(table_pointers_, entry + 32, kData, at);
        info_.push_back(std::string(name) + ":" + std::string(type));
    }
    std::uint64_t data(std::string_view bytes) {
        data_.resize((data_.size() + 7) / 8 * 8, '\0');
        data_ += bytes;
        return data_.size() - bytes.size();
    }
    template <class T>
    std::uint64_t number(T value) {
        std::string bytes;
        append(bytes, value, std::endian::little);
        return data(bytes);
    }
    void pointer(std::uint64_t at, std::uint64_t to) {
        point(data_pointers_, at, kData, to);
    }
    void text_pointer(std::uint64_t at, std::string_view text) {
        point(data_pointers_, at, kStrings, strings_.size());
        strings_ += std::string(text) + '\0';
    }

    [[nodiscard]] std::string build() const {
        ElfBuilder builder;
        for (const std::string& type : info_) builder.info("parmtype", type);
        builder.section("__param", table_).section(".data", data_);
        builder.section(".strings", strings_);
        builder.section(".rela__param", table_pointers_, SHT_RELA, 0);
        builder.section(".rela.data", data_pointers_, SHT_RELA, 0);
        builder.defined("data", ".data", 0, STB_LOCAL);
        builder.defined("strings", ".strings", 0, STB_LOCAL);
        std::string file = builder.build();
        // In the order in which they were added, behind .modinfo.
        test::patch_section(file, ".rela__param", "sh_info", info_.empty() ? 1 : 2);
        test::patch_section(file, ".rela.data", "sh_info", info_.empty() ? 2 : 3);
        return file;
    }

private:
    static constexpr std::uint64_t kData = 1, kStrings = 2;  // symbols
    static void point(std::string& table, std::uint64_t at, std::uint64_t symbol,
                      std::uint64_t addend) {
        append(table, at, std::endian::little);
        append(table, symbol << 32 | 1, std::endian::little);
        append(table, addend, std::endian::little);
    }

    std::string table_, data_ = std::string(8, '\0'), strings_, table_pointers_,
                        data_pointers_;
    std::vector<std::string> info_;
};

Result<std::vector<ParameterEntry>> read(const std::string& file) {
    MemorySource source(as_bytes(file));
    TRY_ASSIGN(const elf::Image image, elf::Image::parse(source));
    TRY_ASSIGN(const auto info, read_modinfo(image));
    return read_parameter_table(image, info);
}

}  // namespace

TEST_CASE("read_parameter_table: shows variables as the kernel does") {
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
    const auto entries = read(module.build());
    REQUIRE(entries.has_value());
    REQUIRE(entries->size() == std::size(cases));
    for (std::size_t i = 0; i < std::size(cases); ++i) {
        CAPTURE(cases[i].type);
        CHECK((*entries)[i].name == "p" + std::to_string(i));
        CHECK((*entries)[i].perm == 0444);
        CHECK((*entries)[i].initial == std::vector<std::string>{cases[i].shown});
    }
}

TEST_CASE("read_parameter_table: follows texts, arrays and buffers") {
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

    const auto entries = read(module.build());
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

TEST_CASE("read_parameter_table: has nothing to say of a module without a table") {
    const auto entries = read(ElfBuilder().text(8).this_module("m").build());
    REQUIRE(entries.has_value());
    CHECK(entries->empty());
}

TEST_CASE("read_parameter_table: survives every byte of its sections being another") {
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
            if (read(damaged)) ++read_well;
        }
    CHECK(read_well > 0);
}
