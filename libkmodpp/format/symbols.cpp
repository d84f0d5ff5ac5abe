// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads exports, needs and modversions in one pass over a module's tables.
#include "format/symbols.hpp"

#include <elf.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>
#include <span>
#include <string>

#include "base/endian.hpp"
#include "base/name_table.hpp"
#include "base/text.hpp"
#include "format/symbol_table.hpp"

namespace kmodpp {

namespace {

constexpr std::string_view kCrcPrefix = "__crc_";
/// STT_REGISTER: global register variables of SPARC look undefined but are not.
constexpr std::uint8_t kRegisterType = 13;
/// One row of __versions, for either class.
constexpr std::size_t kVersionRow = 64;

Result<std::vector<ModVersion>> parse_rows(Bytes rows, const elf::Image& image) {
    if (rows.size() % kVersionRow != 0)
        return malformed(cat("__versions: size ", hex(rows.size()),
                             " is not a multiple of ", kVersionRow));
    std::vector<ModVersion> versions(rows.size() / kVersionRow);
    const std::size_t word = image.word_size(), limit = kVersionRow - word;
    // The kernel compares the low 32 bits of its unsigned long.
    const std::size_t low =
        image.order() == std::endian::big ? word - sizeof(std::uint32_t) : 0;
    const std::byte* row = rows.data();
    const char* name = as_text(rows).data() + word;
    for (ModVersion& version : versions) {
        version = {{name, ::strnlen(name, limit)},
                   load<std::uint32_t>(row + low, image.order())};
        if (version.name.size() == limit)
            return malformed(
                cat("__versions: row ", &version - versions.data(),
                    ": the name is not terminated: ", printable(version.name)));
        row += kVersionRow;
        name += kVersionRow;
    }
    return versions;
}

Result<std::vector<ModVersion>> parse_extended(Bytes crcs, Bytes names,
                                               std::endian order) {
    if (crcs.size() % sizeof(std::uint32_t) != 0)
        return malformed(cat("__version_ext_crcs: size ", hex(crcs.size()),
                             " is not a multiple of 4"));
    std::vector<ModVersion> versions;
    const std::size_t count = crcs.size() / sizeof(std::uint32_t);
    versions.reserve(count);
    std::string_view rest = as_text(names);
    if (!rest.empty() && rest.back() != '\0')
        return malformed("__version_ext_names: the last name is not terminated");
    for (std::size_t i = 0; i < count; ++i) {
        if (rest.empty())
            return malformed(
                cat("__version_ext_names: ", i, " names for ", count, " CRCs"));
        versions.push_back(
            {take_until(rest, '\0'),
             load<std::uint32_t>(crcs.data() + i * sizeof(std::uint32_t), order)});
    }
    if (!rest.empty())
        return malformed(cat("__version_ext_names: more names than the ", count,
                             " CRCs of __version_ext_crcs"));
    return versions;
}

/// Finds modversions by name.
class VersionLookup {
public:
    explicit VersionLookup(std::span<const ModVersion> versions)
        : versions_(versions),
          used_(versions.size(), kUnused),
          rows_({versions}, versions.size()) {
        for (std::uint32_t row = 0; row < versions.size(); ++row)
            rows_.add(versions[row].name, row);
    }

    /// The CRC of the first row with the name of the symbol. Marks the row as used.
    [[nodiscard]] std::optional<std::uint32_t> take(const NeededSymbol& symbol) {
        const std::uint32_t row = rows_.find(symbol.name, symbol.hash);
        if (row == rows_.kNone) return std::nullopt;
        used_[row] = kUsed;
        return versions_[row].crc;
    }

    /// The first row from \p row that was not used; the number of rows if there is none.
    [[nodiscard]] std::size_t next_unused(std::size_t row) const {
        return std::min(used_.find(kUnused, row), used_.size());
    }

private:
    static constexpr char kUnused = 0, kUsed = 1;
    struct NameOfRow {
        std::span<const ModVersion> versions;
        std::string_view operator()(std::uint32_t row) const {
            return versions[row].name;
        }
    };
    std::span<const ModVersion> versions_;
    std::string used_;  ///< kUsed or kUnused for each row
    NameTable<NameOfRow> rows_;
};

/// Resolves the values of __crc_ symbols; remembers the section, which is nearly always
/// the same one.
class CrcReader {
public:
    explicit CrcReader(const elf::Image& image) : image_(image) {}

    [[nodiscard]] Result<std::optional<std::uint32_t>> read(
        const elf::RawSymbol& symbol) {
        if (symbol.st_shndx == SHN_ABS)
            return static_cast<std::uint32_t>(symbol.st_value);
        // genksyms had no CRC for it, so the weak reference was never resolved.
        if (symbol.st_shndx == SHN_UNDEF) return std::nullopt;
        if (symbol.st_shndx >= image_.sections().size())
            return malformed(cat("symbol ", printable(symbol.name()), ": section ",
                                 symbol.st_shndx, " is not one of the ",
                                 image_.sections().size(), " sections"));
        if (symbol.st_shndx != section_) {
            TRY_ASSIGN(bytes_, image_.contents(image_.sections()[symbol.st_shndx]));
            section_ = symbol.st_shndx;
        }
        if (!in_range(symbol.st_value, sizeof(std::uint32_t), bytes_.size()))
            return malformed(cat("symbol ", printable(symbol.name()), ": value ",
                                 hex(symbol.st_value), " is not the offset of a CRC in ",
                                 image_.describe(image_.sections()[section_]), " of ",
                                 hex(bytes_.size()), " bytes"));
        return load<std::uint32_t>(bytes_.data() + symbol.st_value, image_.order());
    }

private:
    const elf::Image& image_;
    std::uint16_t section_ = SHN_UNDEF;
    Bytes bytes_;
};

bool is_needed(const elf::RawSymbol& symbol) {
    return symbol.st_shndx == SHN_UNDEF && symbol.type() != kRegisterType &&
           (symbol.binding() == STB_GLOBAL || symbol.binding() == STB_WEAK) &&
           symbol.text[0] != '\0';
}

/// Sets the CRCs of needed symbols, and adds those that only have a version.
void add_versions(std::span<const ModVersion> versions,
                  std::vector<NeededSymbol>& needs) {
    VersionLookup lookup(versions);
    for (NeededSymbol& need : needs) need.crc = lookup.take(need);
    for (std::size_t row = lookup.next_unused(0); row < versions.size();
         row = lookup.next_unused(row + 1))
        if (!versions[row].name.empty())
            needs.push_back({versions[row].name, versions[row].crc, false});
}

/// Whether there is any of the sections that exports need: __ksymtab, __ksymtab_gpl and
/// __ksymtab_strings.
bool has_exports(const elf::Image& image) {
    return std::ranges::any_of(image.sections(), [](const elf::Section& section) {
        return section.name.starts_with("__ksymtab");
    });
}

/// The texts of __ksymtab_strings, each once. Besides symbols these are namespaces
/// (since Linux 6.13, one after each symbol), which readers of the databases also see
/// as symbols.
Result<std::vector<ExportedSymbol>> export_strings(const elf::Image& image) {
    TRY_ASSIGN(const Bytes section, image.contents("__ksymtab_strings"));
    std::string_view rest = as_text(section);
    if (!rest.empty() && rest.back() != '\0')
        return malformed("__ksymtab_strings: the last name is not terminated");
    std::vector<ExportedSymbol> exports;
    // Ordered, not hashed: the names come from the file and might be made to collide.
    std::set<std::string_view> seen;
    while (!rest.empty())
        if (const std::string_view name = take_until(rest, '\0');
            !name.empty() && seen.insert(name).second)
            exports.push_back({name, std::nullopt});
    return exports;
}

bool is_export(const elf::RawSymbol& symbol) {
    return symbol.st_shndx != SHN_UNDEF && symbol.starts_with(kExportPrefix);
}

/// Adds the exports without a CRC, which the kernel provides as well.
Status add_unversioned(const elf::SymbolTable& table,
                       std::vector<ExportedSymbol>& exports) {
    std::vector<std::string_view> versioned;
    versioned.reserve(exports.size());
    for (const ExportedSymbol& symbol : exports) versioned.push_back(symbol.name);
    std::ranges::sort(versioned);
    return table.visit(1, [&](const elf::RawSymbol& symbol) -> Status {
        if (!is_export(symbol)) return {};
        std::string_view name;
        if (!symbol.name_after(kExportPrefix, name)) return symbol.name_too_long();
        if (!std::ranges::binary_search(versioned, name))
            exports.push_back({name, std::nullopt});
        return {};
    });
}

}  // namespace

Result<std::vector<ModVersion>> read_modversions(const elf::Image& image) {
    // In one pass: modules have many sections.
    std::array<const elf::Section*, kVersionSections.size()> found{};
    for (const elf::Section& section : image.sections())
        if (section.name.starts_with("__version"))
            for (std::size_t i = 0; i < found.size(); ++i)
                if (found[i] == nullptr && section.name == kVersionSections[i])
                    found[i] = &section;
    const auto [rows, crcs, names] = found;
    if ((crcs == nullptr) != (names == nullptr))
        return malformed(
            cat(crcs != nullptr ? crcs->name : names->name, " without ",
                crcs != nullptr ? "__version_ext_names" : "__version_ext_crcs"));
    if (crcs != nullptr) {
        TRY_ASSIGN(const Bytes crc_bytes, image.contents(*crcs));
        TRY_ASSIGN(const Bytes name_bytes, image.contents(*names));
        return parse_extended(crc_bytes, name_bytes, image.order());
    }
    if (rows == nullptr) return std::vector<ModVersion>();
    TRY_ASSIGN(const Bytes row_bytes, image.contents(*rows));
    return parse_rows(row_bytes, image);
}

Result<ModuleSymbols> read_symbols(const elf::Image& image) {
    TRY_ASSIGN(const std::vector<ModVersion> versions, read_modversions(image));
    TRY_ASSIGN(const elf::SymbolTable table, elf::SymbolTable::open(image));
    CrcReader crcs(image);

    ModuleSymbols symbols;
    symbols.needs.reserve(versions.size());
    std::size_t table_entries = 0;
    // Needed symbols are global; most modules have many local symbols and no exports.
    const bool exports = has_exports(image);
    const std::size_t first = exports ? 1 : table.first_global();
    const auto read = [&](const elf::RawSymbol& symbol) __attribute__((always_inline))
                          ->Status {
        std::string_view name;
        if (symbol.starts_with(kCrcPrefix)) {
            TRY_ASSIGN(const auto crc, crcs.read(symbol));
            if (!symbol.name_after(kCrcPrefix, name)) return symbol.name_too_long();
            symbols.exports.push_back({name, crc});
        } else if (is_needed(symbol)) {
            if (!symbol.name_after("", name)) return symbol.name_too_long();
            symbols.needs.push_back({name, std::nullopt, symbol.binding() == STB_WEAK});
        } else if (is_export(symbol)) {
            ++table_entries;
        }
        return {};
    };
    TRY(table.visit(first, read));
    add_versions(versions, symbols.needs);
    if (symbols.exports.empty()) {
        if (exports) {
            TRY_ASSIGN(symbols.exports, export_strings(image));
        }
    } else if (table_entries > symbols.exports.size()) {
        TRY(add_unversioned(table, symbols.exports));
    }
    return symbols;
}

}  // namespace kmodpp
