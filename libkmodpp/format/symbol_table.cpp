// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/symbol_table.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kmodpp::elf {

std::unexpected<Error> RawSymbol::name_too_long() const {
    return fail(ErrorKind::malformed,
                cat("symbol ", printable(name(), 40), ": its name is longer than ",
                    kMaxName, " bytes"));
}

Result<SymbolTable> SymbolTable::open(const Image& image) {
    SymbolTable table;
    table.is_64_ = image.is_64();
    table.order_ = image.order();
    const std::vector<Section>& sections = image.sections();
    const auto section = std::ranges::find(sections, SHT_SYMTAB, &Section::sh_type);
    if (section == sections.end()) return table;
    table.index_ = static_cast<std::size_t>(section - sections.begin());

    const auto complain = [&](const auto&... why) {
        return fail(ErrorKind::malformed, cat("section ", table.index_, " (",
                                              printable(section->name), "): ", why...));
    };
    const std::size_t entry_size = image.is_64() ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    if (section->sh_entsize != entry_size)
        return complain("symbols of ", section->sh_entsize, " bytes, where ", entry_size,
                        " are expected");
    if (section->sh_size % entry_size != 0)
        return complain("size ", hex(section->sh_size), " is not a multiple of ",
                        entry_size);
    if (section->sh_link == SHN_UNDEF || section->sh_link >= sections.size())
        return complain("string table: index ", section->sh_link, " is not one of the ",
                        sections.size(), " sections");
    TRY_ASSIGN(table.entries_, image.contents(*section));
    TRY_ASSIGN(const Bytes strings, image.contents(sections[section->sh_link]));
    table.strings_ = as_text(strings);
    if (!table.strings_.empty() && table.strings_.back() != '\0')
        return complain("string table: not terminated");
    table.count_ = table.entries_.size() / entry_size;
    if (section->sh_info > 0 && section->sh_info <= table.count_)
        table.first_global_ = section->sh_info;
    return table;
}

std::unexpected<Error> SymbolTable::name_error(std::size_t i,
                                               std::uint32_t st_name) const {
    return fail(ErrorKind::malformed,
                cat("section ", index_, ": symbol ", i, ": name offset ", hex(st_name),
                    " lies outside a string table of ", hex(strings_.size()), " bytes"));
}

}  // namespace kmodpp::elf
