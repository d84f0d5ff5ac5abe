// SPDX-License-Identifier: LGPL-2.1-or-later
// The raw symbol table of an image, for passes that look at a few of its many entries.
#pragma once

#include <cstdint>

#include "format/elf.hpp"

namespace kmodpp::elf {

/// An entry whose name is not measured yet: most names are looked at for a prefix only.
struct RawSymbol {
    const char* text;  ///< NUL-terminated, borrows from the string table
    std::uint8_t st_info;
    std::uint16_t st_shndx;
    std::uint64_t st_value;
    std::uint64_t st_size;

    /// Cut as all names are, see kMaxName.
    [[nodiscard]] std::string_view name() const { return name_at(text, 0); }
    [[nodiscard]] std::uint8_t binding() const { return st_info >> 4; }
    [[nodiscard]] std::uint8_t type() const { return st_info & 0xf; }
};

/// The first SHT_SYMTAB section and its strings, each taken in one slice. Borrows from
/// the source of the image.
class SymbolTable {
public:
    /// No such section: an empty table. malformed when it or its string table is out of
    /// bounds, or the strings are not terminated.
    [[nodiscard]] static Result<SymbolTable> open(const Image& image);

    /// Entries, the null one included.
    [[nodiscard]] std::size_t size() const { return count_; }
    /// False when the name lies outside the string table; `i` must be below size().
    [[nodiscard]] bool read(std::size_t i, RawSymbol& out) const;
    /// What is wrong with the name of an entry that read() refused.
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
