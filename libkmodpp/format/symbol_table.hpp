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

/// An entry whose name has not been measured: most entries are skipped after a look at
/// the first characters. Field names as in elf(5). Borrows from the source of the image.
struct RawSymbol {
    RawSymbol(const char* name, const Fields& entry)
        : text(name),
          st_info(entry.get<std::uint8_t>(KMODPP_ELF_FIELD(Sym, st_info))),
          st_shndx(entry.get<std::uint16_t>(KMODPP_ELF_FIELD(Sym, st_shndx))),
          st_value(entry.word(KMODPP_ELF_FIELD(Sym, st_value))),
          st_size(entry.word(KMODPP_ELF_FIELD(Sym, st_size))) {}

    const char* text;  ///< NUL-terminated
    std::uint8_t st_info;
    std::uint16_t st_shndx;
    std::uint64_t st_value;
    std::uint64_t st_size;

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
    /// The index of the first symbol that is not local; at least 1. The kernel does not
    /// use sh_info, so 1 if it is not an index of the table.
    [[nodiscard]] std::size_t first_global() const { return first_global_; }
    /// Calls each(RawSymbol) for the entries from index \p first, until it fails.
    /// malformed if the name of an entry lies outside the string table.
    template <class Each>
    [[nodiscard]] Status visit(std::size_t first, const Each& each) const {
        return with_constants(is_64_, order_, [&](auto is_64, auto order) -> Status {
            const std::size_t entry_size = is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
            for (std::size_t i = first; i < count_; ++i) {
                const Fields entry(entries_.data() + i * entry_size, is_64, order);
                const auto st_name =
                    entry.get<std::uint32_t>(KMODPP_ELF_FIELD(Sym, st_name));
                if (st_name >= strings_.size()) return name_error(i, st_name);
                TRY(each(RawSymbol(strings_.data() + st_name, entry)));
            }
            return {};
        });
    }

private:
    [[nodiscard]] std::unexpected<Error> name_error(std::size_t i,
                                                    std::uint32_t st_name) const;

    Bytes entries_;
    std::string_view strings_;
    std::size_t count_ = 0;
    std::size_t first_global_ = 1;
    std::size_t index_ = 0;  ///< of the section, for error texts
    bool is_64_ = false;
    std::endian order_ = std::endian::little;
};

}  // namespace kmodpp::elf
