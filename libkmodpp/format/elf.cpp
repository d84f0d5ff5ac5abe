// SPDX-License-Identifier: LGPL-2.1-or-later
// Validates ELF headers and the section table, and slices sections.
#include "format/elf.hpp"

#include <elf.h>

#include <cstring>
#include <functional>
#include <string>

#include "base/text.hpp"
#include "format/elf_fields.hpp"
#include "format/elf_header.hpp"
#include "format/symbol_table.hpp"

namespace kmodpp::elf {

namespace {

void read_section(const std::byte* at, auto is_64, auto order, Section& section) {
    const Fields f(at, is_64, order);
    section.sh_type = f.get<std::uint32_t>(KMODPP_ELF_FIELD(Shdr, sh_type));
    section.sh_flags = f.word(KMODPP_ELF_FIELD(Shdr, sh_flags));
    section.sh_addr = f.word(KMODPP_ELF_FIELD(Shdr, sh_addr));
    section.sh_offset = f.word(KMODPP_ELF_FIELD(Shdr, sh_offset));
    section.sh_size = f.word(KMODPP_ELF_FIELD(Shdr, sh_size));
    section.sh_link = f.get<std::uint32_t>(KMODPP_ELF_FIELD(Shdr, sh_link));
    section.sh_info = f.get<std::uint32_t>(KMODPP_ELF_FIELD(Shdr, sh_info));
    section.sh_addralign = f.word(KMODPP_ELF_FIELD(Shdr, sh_addralign));
    section.sh_entsize = f.word(KMODPP_ELF_FIELD(Shdr, sh_entsize));
}

/// Counts that do not fit into 16 bits are in the first section header instead.
struct TableExtent {
    std::uint64_t count;
    std::uint64_t names_index;
};

Result<TableExtent> resolve_extent(ByteSource& source, const Header& place) {
    TableExtent extent{place.e_shnum, place.e_shstrndx};
    if (place.e_shoff == 0) return malformed("no section header table");
    if (place.e_shnum == 0 || place.e_shstrndx == SHN_XINDEX) {
        auto bytes = source.slice(place.e_shoff, place.e_shentsize);
        if (!bytes) return std::unexpected(within(bytes.error(), "section header 0"));
        Section first;
        read_section(bytes->data(), place.is_64, place.order, first);
        if (place.e_shnum == 0) extent.count = first.sh_size;
        if (place.e_shstrndx == SHN_XINDEX) extent.names_index = first.sh_link;
    }
    // Divide, because the product could overflow for a crafted 64-bit count.
    if (extent.count > source.size() / place.e_shentsize)
        return malformed(cat("section header table: ", extent.count, " entries of ",
                             place.e_shentsize, " bytes do not fit into a file of ",
                             hex(source.size()), " bytes"));
    if (extent.names_index == SHN_UNDEF || extent.names_index >= extent.count)
        return malformed(cat("section name table: index ", extent.names_index,
                             " is not one of the ", extent.count, " sections"));
    return extent;
}

}  // namespace

Result<Image> Image::parse(ByteSource& source) {
    TRY_ASSIGN(const Bytes head,
               source.slice(0, std::min<std::uint64_t>(source.size(), kHeaderSize)));
    TRY_ASSIGN(const Header header, parse_header(head));
    for (const std::uint32_t version :
         {std::uint32_t{header.ident_version}, header.e_version})
        if (version != EV_CURRENT) return malformed(cat("unknown ELF version ", version));
    const std::size_t entry_size = header.is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    if (header.e_shentsize != entry_size)
        return malformed(cat("section headers of ", header.e_shentsize, " bytes, where ",
                             entry_size, " are expected"));

    Image image;
    image.source_ = &source;
    image.is_64_ = header.is_64;
    image.order_ = header.order;
    image.e_type_ = header.e_type;
    image.e_machine_ = header.e_machine;

    TRY_ASSIGN(const TableExtent extent, resolve_extent(source, header));
    auto table = source.slice(header.e_shoff, extent.count * entry_size);
    if (!table) return std::unexpected(within(table.error(), "section header table"));
    Section names_section;
    read_section(table->data() + extent.names_index * entry_size, header.is_64,
                 header.order, names_section);
    names_section.name = "section name table";
    TRY_ASSIGN(const Bytes names, image.contents(names_section));
    if (names.empty() || names.back() != std::byte{0})
        return malformed(
            cat("section ", extent.names_index, " (section name table): not terminated"));

    const char* const first_name = as_text(names).data();
    image.sections_.resize(extent.count);
    TRY(with_constants(header.is_64, header.order, [&](auto is_64, auto order) -> Status {
        for (std::uint64_t i = 0; i < extent.count; ++i) {
            const std::byte* const at = table->data() + i * entry_size;
            Section& section = image.sections_[i];
            read_section(at, is_64, order, section);
            const auto sh_name = Fields(at, is_64, order)
                                     .get<std::uint32_t>(KMODPP_ELF_FIELD(Shdr, sh_name));
            if (sh_name >= names.size())
                return malformed(cat("section ", i, ": name offset ", hex(sh_name),
                                     " lies outside a name table of ", hex(names.size()),
                                     " bytes"));
            section.name = name_at(first_name + sh_name);
        }
        return {};
    }));
    return image;
}

const Section* Image::find(std::string_view name) const {
    for (const Section& section : sections_)
        if (section.name == name) return &section;
    return nullptr;
}

std::string Image::describe(const Section& section) const {
    const Section* first = sections_.data();
    const std::less<> before;  // a total order, even for a copy outside the table
    if (!before(&section, first) && before(&section, first + sections_.size()))
        return cat("section ", &section - first, " (", printable(section.name), ")");
    return cat("section ", printable(section.name));
}

Result<Bytes> Image::contents(const Section& section) const {
    if (section.sh_type == SHT_NOBITS)
        return malformed(cat(describe(section), " has no bytes in the file"));
    if (!in_range(section.sh_offset, section.sh_size, source_->size()))
        return malformed(
            cat(describe(section), ": runs past the end of the file: ",
                describe_range(section.sh_offset, section.sh_size, source_->size())));
    auto bytes = source_->slice(section.sh_offset, section.sh_size);
    if (!bytes) return std::unexpected(within(bytes.error(), describe(section)));
    return bytes;
}

Result<Bytes> Image::contents(std::string_view name) const {
    const Section* section = find(name);
    if (section == nullptr) return Bytes{};
    return contents(*section);
}

Result<std::vector<Symbol>> Image::symbols() const {
    TRY_ASSIGN(const SymbolTable table, SymbolTable::open(*this));
    std::vector<Symbol> symbols;
    symbols.reserve(table.size() > 0 ? table.size() - 1 : 0);
    TRY(table.visit(1, [&](const RawSymbol& raw) -> Status {
        symbols.push_back({raw.name(), raw.binding(), raw.type(), raw.st_shndx,
                           raw.st_value, raw.st_size});
        return {};
    }));
    return symbols;
}

}  // namespace kmodpp::elf
