// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/export_limits.hpp"

#include <elf.h>

#include <algorithm>

#include "base/sort.hpp"
#include "base/text.hpp"
#include "format/symbol_table.hpp"
#include "format/symbols.hpp"

namespace kmodpp {

namespace {

constexpr std::string_view kNamespacePrefix = "__kstrtabns_";

/// An entry of __ksymtab, by its symbol.
struct TableEntry {
    std::uint64_t st_value;
    std::string_view name;
};

/// Adds the names of the entries that are flagged as GPL-only in __kflagstab.
Status add_flagged(Bytes flags, const elf::Section& table,
                   const std::vector<TableEntry>& entries,
                   std::vector<std::string_view>& names) {
    constexpr std::byte kGplOnly{1};
    if (entries.empty()) return {};
    // The width of an entry differs between architectures and kernels, but there is one
    // flag per entry.
    const std::uint64_t entry_size = flags.empty() ? 0 : table.sh_size / flags.size();
    if (entry_size == 0 || table.sh_size % flags.size() != 0)
        return malformed(cat("__kflagstab: ", flags.size(), " flags do not match the ",
                             hex(table.sh_size), " bytes of __ksymtab"));
    for (const TableEntry& entry : entries) {
        const std::uint64_t row = entry.st_value / entry_size;
        if (entry.st_value % entry_size != 0 || row >= flags.size())
            return malformed(cat("__kflagstab: ", kExportPrefix, printable(entry.name),
                                 " at ", hex(entry.st_value), " is not one of ",
                                 flags.size(), " entries of ", entry_size, " bytes"));
        if ((flags[row] & kGplOnly) != std::byte{0}) names.push_back(entry.name);
    }
    return {};
}

}  // namespace

Result<std::vector<std::string_view>> read_gpl_only_exports(const elf::Image& image) {
    const elf::Section* gpl = image.find("__ksymtab_gpl");
    const elf::Section* common = image.find("__ksymtab");
    const elf::Section* flags = image.find("__kflagstab");
    std::vector<std::string_view> names;
    if (gpl == nullptr && flags == nullptr) return names;

    TRY_ASSIGN(const elf::SymbolTable table, elf::SymbolTable::open(image));
    std::vector<TableEntry> entries;
    TRY(table.visit(1, [&](const elf::RawSymbol& symbol) -> Status {
        // This also excludes the special indexes, SHN_LORESERVE and above.
        if (symbol.st_shndx >= image.sections().size() ||
            !symbol.starts_with(kExportPrefix))
            return {};
        const elf::Section* owner = &image.sections()[symbol.st_shndx];
        std::string_view name;
        if (!symbol.name_after(kExportPrefix, name)) return symbol.name_too_long();
        if (owner == gpl) names.push_back(name);
        if (owner == common) entries.push_back({symbol.st_value, name});
        return {};
    }));
    if (flags != nullptr && common != nullptr) {
        TRY_ASSIGN(const Bytes flag_bytes, image.contents(*flags));
        TRY(add_flagged(flag_bytes, *common, entries, names));
    }
    std::ranges::sort(names);
    const auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    return names;
}

Result<std::vector<ExportNamespace>> read_export_namespaces(const elf::Image& image) {
    TRY_ASSIGN(const elf::SymbolTable table, elf::SymbolTable::open(image));
    std::vector<ExportNamespace> namespaces;
    std::uint16_t section = SHN_UNDEF;
    std::string_view texts;
    TRY(table.visit(1, [&](const elf::RawSymbol& symbol) -> Status {
        if (!symbol.starts_with(kNamespacePrefix) || symbol.st_shndx == SHN_UNDEF ||
            symbol.st_shndx >= image.sections().size())
            return {};
        // In current kernels, all of them are in one section, __ksymtab_strings.
        if (symbol.st_shndx != section) {
            TRY_ASSIGN(const Bytes bytes,
                       image.contents(image.sections()[symbol.st_shndx]));
            texts = as_text(bytes);
            section = symbol.st_shndx;
        }
        std::string_view name;
        if (!symbol.name_after(kNamespacePrefix, name)) return symbol.name_too_long();
        const std::string_view text =
            symbol.st_value < texts.size()
                ? texts.substr(symbol.st_value, elf::kMaxName + 1)
                : std::string_view();
        const std::size_t length = text.find('\0');
        if (length == std::string_view::npos)
            return malformed(cat("symbol ", printable(symbol.name()), ": value ",
                                 hex(symbol.st_value), " is not the offset of a text in ",
                                 image.describe(image.sections()[section]), " of ",
                                 hex(texts.size()), " bytes"));
        if (length > 0) namespaces.push_back({name, text.substr(0, length)});
        return {};
    }));
    sort_by(namespaces, &ExportNamespace::symbol);
    return namespaces;
}

}  // namespace kmodpp
