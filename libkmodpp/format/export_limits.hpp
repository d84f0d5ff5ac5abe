// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads which exports of a module are limited to some modules: those with a namespace,
// and those for GPL modules only.
#pragma once

#include <string_view>
#include <vector>

#include "format/elf.hpp"

namespace kmodpp {

/// An export that only modules which import its namespace may use. Borrows.
struct ExportNamespace {
    std::string_view symbol;
    std::string_view name;
};
/// The namespaces of exports, from the __kstrtabns_NAME entries of the symbol table,
/// each of which points to a text. Empty texts are omitted. Sorted by symbol.
[[nodiscard]] Result<std::vector<ExportNamespace>> read_export_namespaces(
    const elf::Image& image);

/// The names that a module exports only to GPL modules: its __ksymtab_NAME entries that
/// are in __ksymtab_gpl, or flagged in __kflagstab (7.x kernels: one byte per export in
/// the order of __ksymtab, bit 0 = GPL only). Sorted.
[[nodiscard]] Result<std::vector<std::string_view>> read_gpl_only_exports(
    const elf::Image& image);

}  // namespace kmodpp
