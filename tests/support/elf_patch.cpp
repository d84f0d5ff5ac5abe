// SPDX-License-Identifier: LGPL-2.1-or-later
// Overwrites single fields of built module files.
#include <cstddef>
#include <stdexcept>

#include "base/bytes.hpp"
#include "base/endian.hpp"
#include "format/elf.hpp"
#include "support/elf_builder.hpp"

namespace kmodpp::test {

namespace {

struct Place {
    std::size_t offset, size;
};
struct FieldPlace {
    std::string_view name;
    Place in_32, in_64;
};

#define FIELD(Struct, name)                                                       \
    {                                                                             \
#name, {offsetof(Elf32_##Struct, name), sizeof(Elf32_##Struct::name) }, { \
            offsetof(Elf64_##Struct, name), sizeof(Elf64_##Struct::name)          \
        }                                                                         \
    }

constexpr FieldPlace kHeaderFields[] = {
    {"EI_MAG0", {EI_MAG0, 1}, {EI_MAG0, 1}},
    {"EI_CLASS", {EI_CLASS, 1}, {EI_CLASS, 1}},
    {"EI_DATA", {EI_DATA, 1}, {EI_DATA, 1}},
    {"EI_VERSION", {EI_VERSION, 1}, {EI_VERSION, 1}},
    FIELD(Ehdr, e_type),
    FIELD(Ehdr, e_machine),
    FIELD(Ehdr, e_version),
    FIELD(Ehdr, e_shoff),
    FIELD(Ehdr, e_shentsize),
    FIELD(Ehdr, e_shnum),
    FIELD(Ehdr, e_shstrndx),
};
constexpr FieldPlace kSectionFields[] = {
    FIELD(Shdr, sh_name),   FIELD(Shdr, sh_type),      FIELD(Shdr, sh_flags),
    FIELD(Shdr, sh_offset), FIELD(Shdr, sh_size),      FIELD(Shdr, sh_link),
    FIELD(Shdr, sh_info),   FIELD(Shdr, sh_addralign), FIELD(Shdr, sh_entsize),
};
constexpr FieldPlace kSymbolFields[] = {
    FIELD(Sym, st_name),  FIELD(Sym, st_info), FIELD(Sym, st_shndx),
    FIELD(Sym, st_value), FIELD(Sym, st_size),
};
#undef FIELD

/// A file of the builder. Earlier patches may have damaged it, so only the header is used
/// to find the section table.
struct File {
    std::string& bytes;
    bool is_64 = bytes.at(EI_CLASS) == ELFCLASS64;
    std::endian order =
        bytes.at(EI_DATA) == ELFDATA2LSB ? std::endian::little : std::endian::big;

    template <std::size_t N>
    [[nodiscard]] Place find(const FieldPlace (&fields)[N], std::string_view name) const {
        for (const FieldPlace& field : fields)
            if (field.name == name) return is_64 ? field.in_64 : field.in_32;
        throw std::logic_error("no such field: " + std::string(name));
    }

    [[nodiscard]] std::uint64_t get(std::size_t base, Place place) const {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < place.size; ++i) {
            const std::size_t at = order == std::endian::big ? i : place.size - 1 - i;
            value = value << 8 |
                    static_cast<unsigned char>(bytes.at(base + place.offset + at));
        }
        return value;
    }

    void set(std::size_t base, Place place, std::uint64_t value) const {
        for (std::size_t i = 0; i < place.size; ++i, value >>= 8) {
            const std::size_t at = order == std::endian::little ? i : place.size - 1 - i;
            bytes.at(base + place.offset + at) = static_cast<char>(value & 0xff);
        }
    }

    [[nodiscard]] std::size_t section_header(std::size_t index) const {
        const std::size_t size = is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
        return get(0, find(kHeaderFields, "e_shoff")) + index * size;
    }
};

std::size_t index_of_section(std::string_view file, std::string_view name) {
    MemorySource source(as_bytes(file));
    const auto image = elf::Image::parse(source);
    if (image)
        if (const elf::Section* section = image->find(name))
            return static_cast<std::size_t>(section - image->sections().data());
    throw std::logic_error("no such section: " + std::string(name));
}

}  // namespace

void patch_header(std::string& bytes, std::string_view field, std::uint64_t value) {
    const File file{bytes};
    file.set(0, file.find(kHeaderFields, field), value);
}

void patch_section(std::string& bytes, std::size_t index, std::string_view field,
                   std::uint64_t value) {
    const File file{bytes};
    file.set(file.section_header(index), file.find(kSectionFields, field), value);
}

void patch_section(std::string& bytes, std::string_view section, std::string_view field,
                   std::uint64_t value) {
    patch_section(bytes, index_of_section(bytes, section), field, value);
}

void patch_symbol(std::string& bytes, std::string_view symbol, std::string_view field,
                  std::uint64_t value) {
    const File file{bytes};
    const std::size_t entry_size = file.is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    const auto section_field = [&](std::string_view name, std::string_view which) {
        return file.get(file.section_header(index_of_section(bytes, name)),
                        file.find(kSectionFields, which));
    };
    const std::size_t table = section_field(".symtab", "sh_offset");
    const std::size_t size = section_field(".symtab", "sh_size");
    const std::size_t strings = section_field(".strtab", "sh_offset");
    for (std::size_t at = table; at < table + size; at += entry_size) {
        const std::size_t name =
            strings + file.get(at, file.find(kSymbolFields, "st_name"));
        if (bytes.c_str() + name != symbol) continue;
        file.set(at, file.find(kSymbolFields, field), value);
        return;
    }
    throw std::logic_error("no such symbol: " + std::string(symbol));
}

}  // namespace kmodpp::test
