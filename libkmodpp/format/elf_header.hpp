// SPDX-License-Identifier: LGPL-2.1-or-later
// The header of an ELF file, and the names of machines and file types in it.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace kmodpp::elf {

/// Field names as in elf(5). Nothing is checked against the file.
struct Header {
    bool is_64 = false;
    std::endian order = std::endian::little;
    std::uint8_t ident_version = 0;
    std::uint16_t e_type = 0;
    std::uint16_t e_machine = 0;
    std::uint32_t e_version = 0;
    std::uint64_t e_shoff = 0;
    std::uint16_t e_shentsize = 0;
    std::uint16_t e_shnum = 0;
    std::uint16_t e_shstrndx = 0;

    /// Bytes that the file must have for its section header table to be whole; saturates.
    [[nodiscard]] std::uint64_t least_size() const;
};

/// The largest header, that of the 64-bit class.
inline constexpr std::uint64_t kHeaderSize = 64;

/// The header in the first kHeaderSize bytes of a file, or fewer if it has fewer.
/// malformed: not an ELF file, an unknown class or byte order, or cut off.
[[nodiscard]] Result<Header> parse_header(Bytes head);
/// nullopt: what is malformed for parse_header.
[[nodiscard]] std::optional<Header> read_header(Bytes head);
/// Reads the fields of a header of that class and byte order; `bytes` has its size.
[[nodiscard]] Header decode_header(Bytes bytes, bool is_64, std::endian order);

[[nodiscard]] bool begins_as_elf(Bytes head);

/// "x86-64"; "machine 9999" for one that is not known here.
[[nodiscard]] std::string machine_name(std::uint16_t e_machine);

/// The e_machine of a kernel that calls itself so in uname -m.
[[nodiscard]] std::optional<std::uint16_t> machine_of_uname(std::string_view name);
[[nodiscard]] bool is_64_by_uname(std::string_view name);

/// "an executable", "a shared object", …, for an e_type.
[[nodiscard]] std::string type_name(std::uint16_t e_type);

/// "64-bit little-endian x86-64"
[[nodiscard]] std::string describe(const Header& header);

/// What the first bytes of a file that is not ELF look like: "it begins with the text
/// 'not a module'", "it is a bzip2 file", "it begins with the bytes 00 01 02 03".
[[nodiscard]] std::string describe_head(Bytes head);

}  // namespace kmodpp::elf
