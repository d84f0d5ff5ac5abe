// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads which symbols a module exports and needs, with the CRCs of CONFIG_MODVERSIONS.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/name_table.hpp"
#include "format/elf.hpp"

namespace kmodpp {

/// Prefix of the symbols that are the entries of __ksymtab; the exported name follows.
inline constexpr std::string_view kExportPrefix = "__ksymtab_";

/// Borrows its name from the source of the image.
struct ExportedSymbol {
    std::string_view name;
    std::optional<std::uint32_t> crc;
    std::uint32_t hash = hash_of_name(name);
};

/// Borrows its name from the source of the image.
struct NeededSymbol {
    std::string_view name;
    std::optional<std::uint32_t> crc;
    bool weak = false;
    std::uint32_t hash = hash_of_name(name);
};

/// The sections with the versions of a module's symbols, which the kernel finds by name
/// (source: kernel/module/main.c).
inline constexpr std::array<std::string_view, 3> kVersionSections = {
    "__versions", "__version_ext_crcs", "__version_ext_names"};

/// One row of __versions or of __version_ext_crcs + __version_ext_names.
struct ModVersion {
    std::string_view name;
    std::uint32_t crc = 0;
};

/// The CRCs that a module expects (source: kernel/module/version.c).
///
///   __versions          array of { unsigned long crc; char name[64 - sizeof(long)]; }
///   __version_ext_crcs  array of u32
///   __version_ext_names the same number of NUL-terminated names
///
/// All integers in the byte order of the file. The extended pair is preferred where it
/// exists; one half without the other, or different counts, is malformed.
[[nodiscard]] Result<std::vector<ModVersion>> read_modversions(const elf::Image& image);

/// Both symbol lists of a module from one pass over its tables.
struct ModuleSymbols {
    /// The __crc_NAME entries of the symbol table, in table order: an absolute value is
    /// the CRC itself, any other the place of a u32 in its section. If there are more
    /// __ksymtab_NAME entries, their names follow without CRC, because the kernel
    /// resolves symbols by __ksymtab. A module without any CRC has the texts of
    /// __ksymtab_strings instead.
    std::vector<ExportedSymbol> exports;
    /// The undefined symbols (STB_GLOBAL or STB_WEAK, not STT_REGISTER) in table order,
    /// then the names of the modversions that are not among them. A leading '.' is
    /// kept.
    std::vector<NeededSymbol> needs;
};
/// malformed if a name is longer than elf::kMaxName.
[[nodiscard]] Result<ModuleSymbols> read_symbols(const elf::Image& image);

}  // namespace kmodpp
