// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads raw entries of an image's symbol table, for code that needs few of them.
#pragma once

#include <cstdint>

#include "format/elf.hpp"

namespace kmodpp::elf {

/// An entry whose name has not been measured: most names are only compared with a
/// prefix.
struct RawSymbol {
    const char* text;  ///< NUL-terminated, borrows from the string table
    std::uint8_t st_info;
    std::uint16_t st_shndx;
    std::uint64_t st_value;
    std::uint64_t st_size;

    /// Cut like all names, see kMaxName.
    [[nodiscard]] std::string_view name() const { return name_at(text, 0); }
    [[nodiscard]] std::uint8_t binding() const { return st_info >> 4; }
    [[nodiscard]] std::uint8_t type() const { return st_info & 0xf; }
};

/// The first SHT_SYMTAB section and its strings, each taken in one slice. Borrows from
/// the source of the image.
class SymbolTable {
public:
    /// An empty table if there is no such section. malformed if the table or its string
    /// table is out of bounds, or the strings are not terminated.
    [[nodiscard]] static Result<SymbolTable> open(const Image& image);

    /// Number of entries, including the null entry.
    [[nodiscard]] std::size_t size() const { return count_; }
    /// False if the name lies outside the string table; \p i must be below size().
    [[nodiscard]] bool read(std::size_t i, RawSymbol& out) const;
    /// The error for an entry for which read() returned false.
    [[nodiscard]] Error name_error(std::size_t i) const;

private:
    Bytes entries_;
    std::string_view strings_;
    std::size_t count_ = 0;
    std::size_t index_ = 0;  ///< of the section, for error texts
    bool is_64_ = false;
    std::endian order_ = std::endian::little;
};

}  // namespace kmodpp::elf
