// SPDX-License-Identifier: LGPL-2.1-or-later
// What a module exports and what it needs, with the CRCs of CONFIG_MODVERSIONS.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "format/elf.hpp"

namespace kmodpp {

/// Borrows its name from the source of the image.
struct ExportedSymbol {
    std::string_view name;
    std::optional<std::uint32_t> crc;
};

/// Borrows its name from the source of the image.
struct NeededSymbol {
    std::string_view name;
    std::optional<std::uint32_t> crc;
    bool weak = false;
};

/// The sections in which a module has the versions of symbols, by whose names the kernel
/// finds them (source: kernel/module/main.c).
inline constexpr std::array<std::string_view, 3> kVersionSections = {
    "__versions", "__version_ext_crcs", "__version_ext_names"};

/// One row of __versions or of __version_ext_crcs + __version_ext_names.
struct ModVersion {
    std::string_view name;
    std::uint32_t crc = 0;
};

/// The expected CRCs of a module (source: kernel/module/version.c).
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
    /// From the __crc_NAME entries of the symbol table (the value itself when absolute,
    /// else the u32 at that place of its section), in table order. Then, where there are
    /// more __ksymtab_NAME entries than these, the names without CRC: the kernel's loader
    /// goes by __ksymtab, and so does whoever needs the symbol. A module without any CRC
    /// has the texts of __ksymtab_strings instead.
    std::vector<ExportedSymbol> exports;
    /// The undefined symbols (STB_GLOBAL or STB_WEAK, not STT_REGISTER) in table order,
    /// then the names of the modversions that are not among them. A leading '.' stays.
    std::vector<NeededSymbol> needs;
};
/// A name beyond elf::kMaxName is malformed.
[[nodiscard]] Result<ModuleSymbols> read_symbols(const elf::Image& image);

/// An export that only modules which import its namespace may use. Borrows.
struct ExportNamespace {
    std::string_view symbol;
    std::string_view name;
};
/// From the __kstrtabns_NAME entries of the symbol table, which point to a text each;
/// those whose text is empty are left out. Sorted by symbol.
[[nodiscard]] Result<std::vector<ExportNamespace>> read_export_namespaces(
    const elf::Image& image);

/// Names that a module exports to GPL modules only: its __ksymtab_NAME entries that lie
/// in
/// __ksymtab_gpl, or are flagged in __kflagstab (7.x kernels: one byte per export in the
/// order of __ksymtab, bit 0 = GPL only). Sorted.
[[nodiscard]] Result<std::vector<std::string_view>> read_gpl_only_exports(
    const elf::Image& image);

}  // namespace kmodpp
