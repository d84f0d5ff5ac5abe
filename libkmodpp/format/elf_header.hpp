// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the header of an ELF file.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace kmodpp::elf {

/// Numbers of e_machine that some versions of elf.h lack.
inline constexpr std::uint16_t kLoongArch = 258;
inline constexpr std::uint16_t kAlpha = 0x9026;

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

    /// Size that the file must have to contain the whole section header table;
    /// saturates.
    [[nodiscard]] std::uint64_t least_size() const;
};

/// The largest header, that of the 64-bit class.
inline constexpr std::uint64_t kHeaderSize = 64;

/// Parses the header in the first kHeaderSize bytes of a file, or in all of a shorter
/// file. malformed if it is not an ELF file, has an unknown class or byte order, or is
/// cut off.
[[nodiscard]] Result<Header> parse_header(Bytes head);
/// Same, but nullopt instead of an error.
[[nodiscard]] std::optional<Header> read_header(Bytes head);
/// Reads a header of the given class and byte order. \p bytes must contain all of it.
[[nodiscard]] Header decode_header(Bytes bytes, bool is_64, std::endian order);

[[nodiscard]] bool begins_as_elf(Bytes head);

/// "00 01 ff"
[[nodiscard]] std::string spaced_hex(Bytes bytes);

/// The e_machine of a kernel that has this name in uname -m.
[[nodiscard]] std::optional<std::uint16_t> machine_of_uname(std::string_view name);
[[nodiscard]] bool is_64_by_uname(std::string_view name);

}  // namespace kmodpp::elf
