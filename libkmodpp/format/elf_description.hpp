// SPDX-License-Identifier: LGPL-2.1-or-later
// Words for what the headers of ELF files and the first bytes of other files say.
#pragma once

#include <cstdint>
#include <string>

#include "format/elf_header.hpp"

namespace kmodpp::elf {

/// "x86-64"; "machine 9999" for an unknown one.
[[nodiscard]] std::string machine_name(std::uint16_t e_machine);

/// "an executable", "a shared object", …, for an e_type.
[[nodiscard]] std::string type_name(std::uint16_t e_type);

/// "64-bit little-endian x86-64"
[[nodiscard]] std::string describe(const Header& header);

/// What the first bytes of a file that is not ELF look like: "it begins with the text
/// 'not a module'", "it is a bzip2 file", "it begins with the bytes 00 01 02 03".
[[nodiscard]] std::string describe_head(Bytes head);

}  // namespace kmodpp::elf
