// SPDX-License-Identifier: LGPL-2.1-or-later
// A checked view of an ELF relocatable file: both classes, both byte orders.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace kmodpp::elf {

/// The longest name that is read. Names are offsets into a string table, so any number
/// of them may share one long string. Longer names are cut after kMaxName + 1 bytes:
/// they equal no other name, and reading all names costs no more than reading the file.
/// The kernel supports symbols of up to 512 bytes (KSYM_NAME_LEN; 128 before 6.1).
inline constexpr std::size_t kMaxName = 1024;

/// The text at \p place, which must be NUL-terminated, cut after kMaxName + 1 bytes.
[[nodiscard]] inline std::string_view name_at(const char* place) {
    return {place, ::strnlen(place, kMaxName + 1)};
}

/// One section header; field names as in elf(5). `name` borrows from the source.
struct Section {
    std::string_view name;
    std::uint32_t sh_type = 0;
    std::uint64_t sh_flags = 0;
    std::uint64_t sh_addr = 0;
    std::uint64_t sh_offset = 0;
    std::uint64_t sh_size = 0;
    std::uint32_t sh_link = 0;
    std::uint32_t sh_info = 0;
    std::uint64_t sh_addralign = 0;
    std::uint64_t sh_entsize = 0;
};

/// One symbol table entry; `name` borrows from the source.
struct Symbol {
    std::string_view name;
    std::uint8_t binding = 0;  ///< STB_*
    std::uint8_t type = 0;     ///< STT_*
    std::uint16_t st_shndx = 0;
    std::uint64_t st_value = 0;
    std::uint64_t st_size = 0;
};

/// Validates the header and the section table once and then provides cheap views; each
/// slice is still checked. Borrows from the ByteSource, which must outlive it. Every
/// error is malformed (or io from the source) and names the place: "section 12
/// (.symtab): …".
class Image {
public:
    [[nodiscard]] static Result<Image> parse(ByteSource& source);

    [[nodiscard]] bool is_64() const { return is_64_; }
    [[nodiscard]] std::endian order() const { return order_; }
    [[nodiscard]] std::uint16_t e_type() const { return e_type_; }
    [[nodiscard]] std::uint16_t e_machine() const { return e_machine_; }
    /// Bytes of a kernel "unsigned long" and pointer: 4 or 8.
    [[nodiscard]] std::size_t word_size() const { return is_64_ ? 8 : 4; }

    /// In table order, including the null section.
    [[nodiscard]] const std::vector<Section>& sections() const { return sections_; }
    /// The first section of that name, or null.
    [[nodiscard]] const Section* find(std::string_view name) const;
    /// The bytes of a section; malformed for SHT_NOBITS.
    [[nodiscard]] Result<Bytes> contents(const Section& section) const;
    /// The bytes of a named section; empty if there is no such section.
    [[nodiscard]] Result<Bytes> contents(std::string_view name) const;

    /// The symbols of SHT_SYMTAB without the null entry; empty if there is no table.
    [[nodiscard]] Result<std::vector<Symbol>> symbols() const;

    /// "section 12 (.symtab)", for error texts.
    [[nodiscard]] std::string describe(const Section& section) const;

private:
    ByteSource* source_ = nullptr;
    bool is_64_ = false;
    std::endian order_ = std::endian::little;
    std::uint16_t e_type_ = 0;
    std::uint16_t e_machine_ = 0;
    std::vector<Section> sections_;
};

}  // namespace kmodpp::elf
