// SPDX-License-Identifier: LGPL-2.1-or-later
// Modules with a parameter table, laid out like those of compilers.
#pragma once

#include <elf.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/endian.hpp"
#include "support/elf_builder.hpp"

namespace kmodpp::test {

/// Collects the sections of a 64-bit little-endian module with parameters. Pointers are
/// relocations against a symbol at the start of the section that they lead to.
class ParameterModule {
public:
    explicit ParameterModule(std::uint16_t machine = EM_X86_64) : machine_(machine) {}

    /// \param type empty: no parmtype in .modinfo
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
        if (!type.empty()) info_.push_back(std::string(name) + ":" + std::string(type));
    }
    /// A description in .modinfo without a parameter.
    void describe(std::string_view name, std::string_view text) {
        descriptions_.push_back(std::string(name) + ":" + std::string(text));
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
        ElfBuilder builder(ElfTarget{.e_machine = machine_});
        for (const std::string& type : info_) builder.info("parmtype", type);
        for (const std::string& text : descriptions_) builder.info("parm", text);
        builder.section("__param", table_).section(".data", data_);
        builder.section(".strings", strings_);
        builder.section(".rela__param", table_pointers_, SHT_RELA, 0);
        builder.section(".rela.data", data_pointers_, SHT_RELA, 0);
        builder.defined("data", ".data", 0, STB_LOCAL);
        builder.defined("strings", ".strings", 0, STB_LOCAL);
        std::string file = builder.build();
        // Sections are in the order in which they were added, after .modinfo.
        const std::uint64_t first = info_.empty() && descriptions_.empty() ? 1 : 2;
        test::patch_section(file, ".rela__param", "sh_info", first);
        test::patch_section(file, ".rela.data", "sh_info", first + 1);
        return file;
    }

private:
    static constexpr std::uint64_t kData = 1, kStrings = 2;  // symbols
    void point(std::string& table, std::uint64_t at, std::uint64_t symbol,
               std::uint64_t addend) const {
        constexpr std::uint64_t kType = 1;
        append(table, at, std::endian::little);
        append(table, machine_ == EM_MIPS ? kType << 56 | symbol : symbol << 32 | kType,
               std::endian::little);
        append(table, addend, std::endian::little);
    }

    std::uint16_t machine_;
    std::string table_, data_ = std::string(8, '\0'), strings_, table_pointers_,
                        data_pointers_;
    std::vector<std::string> info_, descriptions_;
};

}  // namespace kmodpp::test
