// SPDX-License-Identifier: LGPL-2.1-or-later
// What can still be told of a file that is no sound module, from its first bytes.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace kmodpp::elf {

/// The fields of an ELF header that are there; nothing is checked against the file.
struct Header {
    bool is_64 = false;
    std::endian order = std::endian::little;
    std::uint16_t e_type = 0;
    std::uint16_t e_machine = 0;
    /// Bytes that the file must have for its section header table to be whole; saturates.
    std::uint64_t least_size = 0;
};

/// nullopt: no ELF file, or one that ends within its header.
[[nodiscard]] std::optional<Header> read_header(Bytes head);

/// The bytes that read_header needs.
inline constexpr std::uint64_t kHeaderSize = 64;

[[nodiscard]] bool begins_as_elf(Bytes head);

/// "x86-64"; "machine 9999" for one that is not known here.
[[nodiscard]] std::string machine_name(std::uint16_t e_machine);

/// "an executable", "a shared object", …, for an e_type.
[[nodiscard]] std::string type_name(std::uint16_t e_type);

/// "64-bit little-endian x86-64"
[[nodiscard]] std::string describe(const Header& header);

/// What the first bytes of a file that is not ELF look like: "it begins with the text
/// 'not a module'", "it is a bzip2 file", "it begins with the bytes 00 01 02 03".
[[nodiscard]] std::string describe_head(Bytes head);

}  // namespace kmodpp::elf
