// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the readers of a module file: header, sections, symbols, versions, build ID.
#include <elf.h>
#include <algorithm>

#include "base/text.hpp"
#include "format/build_id.hpp"
#include "format/elf.hpp"
#include "format/elf_description.hpp"
#include "format/elf_header.hpp"
#include "format/export_limits.hpp"
#include "format/modinfo.hpp"
#include "format/signature_tail.hpp"
#include "format/symbol_table.hpp"
#include "format/symbols.hpp"
#include "fuzz/fuzz.hpp"
#include "index/module_facts.hpp"
#include "kernel/forced_image.hpp"

namespace kmodpp::test {

namespace {

void read_sections(const elf::Image& image, std::uint64_t file_size) {
    for (const elf::Section& section : image.sections()) {
        const auto bytes = image.contents(section);
        const bool inside = section.sh_type != SHT_NOBITS &&
                            in_range(section.sh_offset, section.sh_size, file_size);
        claim(bytes.has_value() == inside,
              "a section is readable exactly if it lies in the file");
        claim(!bytes || bytes->size() == section.sh_size, "a section has its size");
        const elf::Section* const first = image.find(section.name);
        claim(first != nullptr && first <= &section && first->name == section.name,
              "a section is found by its name");
        claim(!image.describe(section).empty(), "a section has a description");
    }
}

/// Names may share their bytes, but the results are no larger than the file.
void check_bounds(const elf::Image& image, const ModuleSymbols& symbols,
                  std::uint64_t file_size) {
    for (const elf::Section& section : image.sections())
        claim(section.name.size() <= elf::kMaxName + 1,
              "the name of a section is limited");
    for (const ExportedSymbol& symbol : symbols.exports)
        claim(symbol.name.size() <= file_size,
              "the name of an export is no longer than the file");
    index::FactLists lists;
    lists.exports = symbols.exports;
    lists.needs = symbols.needs;
    const auto facts = index::ModuleFacts::pack(lists, file_size);
    claim(!facts || facts->bytes().size() <= file_size, "facts are bounded by the file");
}

/// Reads the symbol table entry by entry.
void read_symbol_table(const elf::Image& image, const ModuleSymbols* symbols) {
    const auto all = image.symbols();
    const auto table = elf::SymbolTable::open(image);
    if (!all) {
        claim(symbols == nullptr, "without a valid table there are no symbols");
        return;
    }
    claim(table.has_value() && all->size() + 1 == std::max<std::size_t>(table->size(), 1),
          "both readers of symbols see the same number");
    if (symbols == nullptr) return;
    for (const NeededSymbol& need : symbols->needs)
        claim(!need.name.empty(), "a needed symbol has a name");
    const auto undefined = static_cast<std::size_t>(
        std::ranges::count_if(*all, [](const elf::Symbol& symbol) {
            return symbol.st_shndx == SHN_UNDEF && !symbol.name.empty() &&
                   (symbol.binding == STB_GLOBAL || symbol.binding == STB_WEAK) &&
                   symbol.type != 13 && !symbol.name.starts_with("__crc_");
        }));
    claim(symbols->needs.size() >= undefined, "every undefined symbol is needed");
}

/// Makes the modified copy of a module for a forced load.
void force(Bytes module) {
    const auto copy = kernel::forced_image(
        module, {.ignore_modversions = true, .ignore_vermagic = true});
    if (!copy) return;
    claim(copy->size() <= module.size(), "nothing is added to a forced module");
    claim(!copy->ends_with(kSignatureMarker), "a forced module is not signed");
}

}  // namespace

void fuzz_one(Bytes input) {
    const Bytes head = input.first(std::min<std::size_t>(input.size(), elf::kHeaderSize));
    const auto header = elf::read_header(head);
    claim(!elf::describe_head(head).empty(), "the first bytes have a description");
    if (header) claim(!elf::describe(*header).empty(), "a header has a description");

    SliceSource source(input);
    const auto image = elf::Image::parse(source);
    if (!image) {
        claim(image.error().kind == ErrorKind::malformed, "a bad image is malformed");
        claim(!image.error().message.empty(), "the error for a bad image has a message");
        return;
    }
    claim(header.has_value(), "a valid image has a valid header");
    claim(header->is_64 == image->is_64() && header->e_machine == image->e_machine(),
          "both readers of headers agree");
    read_sections(*image, input.size());
    force(input);
    const auto symbols = read_symbols(*image);
    read_symbol_table(*image, symbols ? &*symbols : nullptr);
    if (symbols) check_bounds(*image, *symbols, input.size());
    const auto versions = read_modversions(*image);
    claim(versions || !symbols, "readable symbols imply readable versions");
    const auto gpl_only = read_gpl_only_exports(*image);
    claim(!gpl_only || std::ranges::is_sorted(*gpl_only), "GPL-only exports are sorted");
    claim(read_build_id(*image).size() <= kMaxBuildId, "a build ID is short");
    if (const auto info = read_modinfo(*image)) {
        for (const InfoEntry& entry : *info)
            claim(find_info(*info, entry.key).has_value(),
                  "an entry of .modinfo is found by its key");
    }
}

}  // namespace kmodpp::test
