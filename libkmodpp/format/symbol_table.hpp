// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads raw entries of an image's symbol table, for code that needs few of them.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <string_view>

#include "format/elf.hpp"
#include "format/elf_fields.hpp"

namespace kmodpp::elf {

/// An entry whose name has not been measured and whose fields have not been decoded: most
/// entries are skipped after a look at one or two of them. Borrows from the source of the
/// image.
class RawSymbol {
public:
    RawSymbol() = default;
    RawSymbol(const char* name, const Fields& entry) : text(name), entry_(entry) {}

    const char* text = nullptr;  ///< NUL-terminated

    /// Cut like all names, see kMaxName.
    [[nodiscard]] std::string_view name() const { return name_at(text); }
    /// \param prefix at least three characters
    [[nodiscard]] bool starts_with(std::string_view prefix) const {
        // Most of the many names differ in the first characters, each of which exists if
        // those before it are equal.
        return text[0] == prefix[0] && text[1] == prefix[1] && text[2] == prefix[2] &&
               std::strncmp(text, prefix.data(), prefix.size()) == 0;
    }
    /// Sets \p out to the part of the name after \p prefix. False if it is too long.
    [[nodiscard]] bool name_after(std::string_view prefix, std::string_view& out) const {
        out = name_at(text + prefix.size());
        return out.size() <= kMaxName;
    }
    /// The error for a symbol for which name_after() returned false.
    [[nodiscard]] std::unexpected<Error> name_too_long() const;

    [[nodiscard]] std::uint8_t binding() const { return st_info() >> 4; }
    [[nodiscard]] std::uint8_t type() const { return st_info() & 0xf; }
    [[nodiscard]] std::uint16_t st_shndx() const {
        return entry_.get<std::uint16_t>(KMODPP_ELF_FIELD(Sym, st_shndx));
    }
    [[nodiscard]] std::uint64_t st_value() const {
        return entry_.word(KMODPP_ELF_FIELD(Sym, st_value));
    }
    [[nodiscard]] std::uint64_t st_size() const {
        return entry_.word(KMODPP_ELF_FIELD(Sym, st_size));
    }

private:
    [[nodiscard]] std::uint8_t st_info() const {
        return entry_.get<std::uint8_t>(KMODPP_ELF_FIELD(Sym, st_info));
    }
    Fields entry_{nullptr, false, std::endian::little};
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
    /// The index of the first symbol that is not local; at least 1. The kernel does not
    /// use sh_info, so 1 if it is not an index of the table.
    [[nodiscard]] std::size_t first_global() const { return first_global_; }
    /// False if the name lies outside the string table; \p i must be below size().
    [[nodiscard]] bool read(std::size_t i, RawSymbol& out) const {
        const Fields entry = fields(i);
        const auto st_name = entry.get<std::uint32_t>(KMODPP_ELF_FIELD(Sym, st_name));
        if (st_name >= strings_.size()) return false;
        out = {strings_.data() + st_name, entry};
        return true;
    }
    /// The error for an entry for which read() returned false.
    [[nodiscard]] Error name_error(std::size_t i) const;

private:
    [[nodiscard]] Fields fields(std::size_t i) const {
        return {entries_.data() + i * entry_size_, is_64_, order_};
    }

    Bytes entries_;
    std::string_view strings_;
    std::size_t entry_size_ = 0;
    std::size_t count_ = 0;
    std::size_t first_global_ = 1;
    std::size_t index_ = 0;  ///< of the section, for error texts
    bool is_64_ = false;
    std::endian order_ = std::endian::little;
};

}  // namespace kmodpp::elf
