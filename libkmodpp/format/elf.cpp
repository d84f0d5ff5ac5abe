// SPDX-License-Identifier: LGPL-2.1-or-later
// Validates ELF headers and the section table, and slices sections.
#include "format/elf.hpp"

#include <elf.h>

#include <cstring>
#include <functional>
#include <string>

#include "base/endian.hpp"
#include "base/hex.hpp"
#include "base/text.hpp"
#include "format/symbol_table.hpp"

namespace kmodpp::elf {

namespace {

/// Picks fields out of an on-disk structure; the caller has checked that it is whole.
class Fields {
public:
    Fields(const std::byte* at, bool is_64, std::endian order)
        : at_(at), is_64_(is_64), order_(order) {}

    /// Fields of the same width in both classes, at their offset in each.
    template <std::unsigned_integral T>
    [[nodiscard]] T get(std::size_t offset_32, std::size_t offset_64) const {
        return load<T>(at_ + (is_64_ ? offset_64 : offset_32), order_);
    }
    /// Fields as wide as an address of the class.
    [[nodiscard]] std::uint64_t word(std::size_t offset_32, std::size_t offset_64) const {
        return is_64_ ? load<std::uint64_t>(at_ + offset_64, order_)
                      : load<std::uint32_t>(at_ + offset_32, order_);
    }

private:
    const std::byte* at_;
    bool is_64_;
    std::endian order_;
};

#define KMODPP_FIELD(Struct, name) \
    offsetof(Elf32_##Struct, name), offsetof(Elf64_##Struct, name)

std::unexpected<Error> malformed(std::string message) {
    return fail(ErrorKind::malformed, std::move(message));
}

std::string first_bytes(Bytes bytes) {
    std::string out;
    for (const std::byte b : bytes.first(std::min<std::size_t>(bytes.size(), SELFMAG))) {
        if (!out.empty()) out += ' ';
        append_hex(out, static_cast<unsigned char>(b));
    }
    return out;
}

struct Identity {
    bool is_64;
    std::endian order;
};

Result<Identity> identify(Bytes head) {
    if (head.empty()) return malformed("not an ELF file (it is empty)");
    if (head.size() < SELFMAG || std::memcmp(head.data(), ELFMAG, SELFMAG) != 0)
        return fail(ErrorKind::malformed,
                    cat("not an ELF file (magic ", first_bytes(head), ")"), ENOEXEC);
    if (head.size() < EI_NIDENT)
        return malformed(cat("the ELF identification is cut off after ", head.size(),
                             " of ", EI_NIDENT, " bytes"));
    const auto ident = [&](int i) { return static_cast<unsigned>(head[i]); };
    if (ident(EI_CLASS) != ELFCLASS32 && ident(EI_CLASS) != ELFCLASS64)
        return malformed(cat("unknown ELF class ", ident(EI_CLASS)));
    if (ident(EI_DATA) != ELFDATA2LSB && ident(EI_DATA) != ELFDATA2MSB)
        return malformed(cat("unknown ELF byte order ", ident(EI_DATA)));
    if (ident(EI_VERSION) != EV_CURRENT)
        return malformed(cat("unknown ELF version ", ident(EI_VERSION)));
    return Identity{ident(EI_CLASS) == ELFCLASS64, ident(EI_DATA) == ELFDATA2LSB
                                                       ? std::endian::little
                                                       : std::endian::big};
}

Section read_section(const Fields& f) {
    Section section;
    section.sh_type = f.get<std::uint32_t>(KMODPP_FIELD(Shdr, sh_type));
    section.sh_flags = f.word(KMODPP_FIELD(Shdr, sh_flags));
    section.sh_addr = f.word(KMODPP_FIELD(Shdr, sh_addr));
    section.sh_offset = f.word(KMODPP_FIELD(Shdr, sh_offset));
    section.sh_size = f.word(KMODPP_FIELD(Shdr, sh_size));
    section.sh_link = f.get<std::uint32_t>(KMODPP_FIELD(Shdr, sh_link));
    section.sh_info = f.get<std::uint32_t>(KMODPP_FIELD(Shdr, sh_info));
    section.sh_addralign = f.word(KMODPP_FIELD(Shdr, sh_addralign));
    section.sh_entsize = f.word(KMODPP_FIELD(Shdr, sh_entsize));
    return section;
}

/// Where the section header table is; counts as stored in the file header.
struct TablePlace {
    std::uint64_t e_shoff;
    std::uint16_t e_shentsize;
    std::uint16_t e_shnum;
    std::uint16_t e_shstrndx;
};

/// Counts that do not fit their 16 bits are in the first section header instead.
struct TableExtent {
    std::uint64_t count;
    std::uint64_t names_index;
};

Result<TableExtent> resolve_extent(ByteSource& source, const Identity& id,
                                   const TablePlace& place) {
    TableExtent extent{place.e_shnum, place.e_shstrndx};
    if (place.e_shoff == 0) return malformed("no section header table");
    if (place.e_shnum == 0 || place.e_shstrndx == SHN_XINDEX) {
        auto bytes = source.slice(place.e_shoff, place.e_shentsize);
        if (!bytes) return std::unexpected(within(bytes.error(), "section header 0"));
        const Section first = read_section(Fields(bytes->data(), id.is_64, id.order));
        if (place.e_shnum == 0) extent.count = first.sh_size;
        if (place.e_shstrndx == SHN_XINDEX) extent.names_index = first.sh_link;
    }
    // The division keeps a count made up in 64 bits from wrapping the product.
    if (extent.count > source.size() / place.e_shentsize)
        return malformed(cat("section header table: ", extent.count, " entries of ",
                             place.e_shentsize, " bytes do not fit into a file of ",
                             hex(source.size()), " bytes"));
    if (extent.names_index == SHN_UNDEF || extent.names_index >= extent.count)
        return malformed(cat("section name table: index ", extent.names_index,
                             " is not one of the ", extent.count, " sections"));
    return extent;
}

/// The text at `offset` of a string table whose last byte is NUL.
Result<std::string_view> name_at(Bytes table, std::uint64_t offset) {
    if (offset >= table.size())
        return malformed(cat("name offset ", hex(offset),
                             " lies outside a name table of ", hex(table.size()),
                             " bytes"));
    return std::string_view(as_text(table).data() + offset);
}

}  // namespace

Result<Image> Image::parse(ByteSource& source) {
    TRY_ASSIGN(const Bytes head, source.slice(0, std::min<std::uint64_t>(
                                                     source.size(), sizeof(Elf64_Ehdr))));
    TRY_ASSIGN(const Identity id, identify(head));
    const std::size_t header_size = id.is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    if (head.size() < header_size)
        return malformed(cat("the ELF header is cut off after ", head.size(), " of ",
                             header_size, " bytes"));

    const Fields f(head.data(), id.is_64, id.order);
    const auto e_version = f.get<std::uint32_t>(KMODPP_FIELD(Ehdr, e_version));
    if (e_version != EV_CURRENT) return malformed(cat("unknown ELF version ", e_version));
    const TablePlace place{f.word(KMODPP_FIELD(Ehdr, e_shoff)),
                           f.get<std::uint16_t>(KMODPP_FIELD(Ehdr, e_shentsize)),
                           f.get<std::uint16_t>(KMODPP_FIELD(Ehdr, e_shnum)),
                           f.get<std::uint16_t>(KMODPP_FIELD(Ehdr, e_shstrndx))};
    const std::size_t entry_size = id.is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    if (place.e_shentsize != entry_size)
        return malformed(cat("section headers of ", place.e_shentsize, " bytes, where ",
                             entry_size, " are expected"));

    Image image;
    image.source_ = &source;
    image.is_64_ = id.is_64;
    image.order_ = id.order;
    image.e_type_ = f.get<std::uint16_t>(KMODPP_FIELD(Ehdr, e_type));
    image.e_machine_ = f.get<std::uint16_t>(KMODPP_FIELD(Ehdr, e_machine));

    TRY_ASSIGN(const TableExtent extent, resolve_extent(source, id, place));
    auto table = source.slice(place.e_shoff, extent.count * entry_size);
    if (!table) return std::unexpected(within(table.error(), "section header table"));
    const auto entry = [&](std::uint64_t i) {
        return Fields(table->data() + i * entry_size, id.is_64, id.order);
    };

    Section names_section = read_section(entry(extent.names_index));
    names_section.name = "section name table";
    TRY_ASSIGN(const Bytes names, image.contents(names_section));
    if (names.empty() || names.back() != std::byte{0})
        return malformed(
            cat("section ", extent.names_index, " (section name table): not terminated"));

    image.sections_.reserve(extent.count);
    for (std::uint64_t i = 0; i < extent.count; ++i) {
        const Fields header = entry(i);
        Section& section = image.sections_.emplace_back(read_section(header));
        auto name =
            name_at(names, header.get<std::uint32_t>(KMODPP_FIELD(Shdr, sh_name)));
        if (!name) return std::unexpected(within(name.error(), cat("section ", i)));
        section.name = *name;
    }
    return image;
}

const Section* Image::find(std::string_view name) const {
    for (const Section& section : sections_)
        if (section.name == name) return &section;
    return nullptr;
}

std::string Image::describe(const Section& section) const {
    const Section* first = sections_.data();
    const std::less<> before;  // total even for a copy outside the table
    if (!before(&section, first) && before(&section, first + sections_.size()))
        return cat("section ", &section - first, " (", printable(section.name), ")");
    return cat("section ", printable(section.name));
}

Result<Bytes> Image::contents(const Section& section) const {
    if (section.sh_type == SHT_NOBITS)
        return malformed(cat(describe(section), ": has no bytes in the file"));
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
    for (std::size_t i = 1; i < table.size(); ++i) {
        RawSymbol raw;
        if (!table.read(i, raw)) return std::unexpected(table.name_error(i));
        symbols.push_back({raw.name, raw.binding(), raw.type(), raw.st_shndx,
                           raw.st_value, raw.st_size});
    }
    return symbols;
}

}  // namespace kmodpp::elf
