// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/elf_header.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

#include "base/endian.hpp"
#include "base/text.hpp"

namespace kmodpp::elf {

namespace {

struct Named {
    std::uint16_t number;
    std::string_view name;
};

constexpr std::array<Named, 17> kMachineNames = {{
    {EM_SPARC, "SPARC"},
    {EM_386, "x86"},
    {EM_68K, "m68k"},
    {EM_MIPS, "MIPS"},
    {EM_PARISC, "PA-RISC"},
    {EM_PPC, "PowerPC"},
    {EM_PPC64, "PowerPC 64"},
    {EM_S390, "s390"},
    {EM_ARM, "ARM"},
    {EM_SH, "SuperH"},
    {EM_SPARCV9, "SPARC V9"},
    {EM_IA_64, "IA-64"},
    {EM_X86_64, "x86-64"},
    {EM_AARCH64, "AArch64"},
    {EM_RISCV, "RISC-V"},
    {258, "LoongArch"},
    {0x9026, "Alpha"},
}};

constexpr std::array<Named, 4> kTypeNames = {{
    {ET_REL, "a relocatable object"},
    {ET_EXEC, "an executable"},
    {ET_DYN, "a shared object or executable"},
    {ET_CORE, "a core dump"},
}};

struct Magic {
    std::string_view bytes;
    std::string_view name;
};
constexpr std::array<Magic, 9> kMagics = {{
    {"\x1f\x8b", "a gzip file"},
    {std::string_view("\xfd\x37zXZ\x00", 6), "an xz file"},
    {"\x28\xb5\x2f\xfd", "a zstd file"},
    {"BZh", "a bzip2 file"},
    {"\x04\x22\x4d\x18", "an lz4 file"},
    {std::string_view("\x5d\x00\x00", 3), "an lzma file"},
    {"PK\x03\x04", "a zip file"},
    {"!<arch>\n", "an archive (ar)"},
    {"#!", "a script"},
}};

template <class Row, std::size_t n>
const Row* find_row(const std::array<Row, n>& rows, std::uint16_t number) {
    const auto found = std::ranges::find(rows, number, &Row::number);
    return found == rows.end() ? nullptr : &*found;
}

std::uint64_t saturated_end(std::uint64_t offset, std::uint64_t size) {
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    return size > kMost - offset ? kMost : offset + size;
}

bool is_text(char c) { return (c >= ' ' && c < 0x7f) || c == '\t'; }

}  // namespace

bool begins_as_elf(Bytes head) { return as_text(head).starts_with(ELFMAG); }

std::optional<Header> read_header(Bytes head) {
    if (!begins_as_elf(head) || head.size() < EI_NIDENT) return std::nullopt;
    const auto ident = [&](std::size_t i) { return static_cast<unsigned>(head[i]); };
    Header header;
    header.is_64 = ident(EI_CLASS) == ELFCLASS64;
    if (!header.is_64 && ident(EI_CLASS) != ELFCLASS32) return std::nullopt;
    header.order = ident(EI_DATA) == ELFDATA2MSB ? std::endian::big : std::endian::little;
    if (header.order == std::endian::little && ident(EI_DATA) != ELFDATA2LSB)
        return std::nullopt;
    if (head.size() < (header.is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr)))
        return std::nullopt;

    const auto half = [&](std::size_t at_32, std::size_t at_64) {
        return load<std::uint16_t>(head.data() + (header.is_64 ? at_64 : at_32),
                                   header.order);
    };
#define KMODPP_FIELD(name) offsetof(Elf32_Ehdr, name), offsetof(Elf64_Ehdr, name)
    header.e_type = half(KMODPP_FIELD(e_type));
    header.e_machine = half(KMODPP_FIELD(e_machine));
    const std::uint64_t table =
        std::uint64_t{half(KMODPP_FIELD(e_shnum))} * half(KMODPP_FIELD(e_shentsize));
#undef KMODPP_FIELD
    const std::uint64_t offset =
        header.is_64 ? load<std::uint64_t>(head.data() + offsetof(Elf64_Ehdr, e_shoff),
                                           header.order)
                     : load<std::uint32_t>(head.data() + offsetof(Elf32_Ehdr, e_shoff),
                                           header.order);
    header.least_size = saturated_end(offset, table);
    return header;
}

std::string machine_name(std::uint16_t e_machine) {
    const Named* const row = find_row(kMachineNames, e_machine);
    return row != nullptr ? std::string(row->name) : cat("machine ", e_machine);
}

std::string type_name(std::uint16_t e_type) {
    const Named* const row = find_row(kTypeNames, e_type);
    return row != nullptr ? std::string(row->name) : cat("an ELF file of type ", e_type);
}

std::string describe(const Header& header) {
    return cat(header.is_64 ? "64-bit " : "32-bit ",
               header.order == std::endian::big ? "big-endian " : "little-endian ",
               machine_name(header.e_machine));
}

std::string describe_head(Bytes head) {
    constexpr std::size_t kShownText = 24;
    constexpr std::size_t kLeastText = 4;
    constexpr std::size_t kShownBytes = 8;
    const std::string_view text = as_text(head);
    for (const Magic& magic : kMagics)
        if (text.starts_with(magic.bytes)) return cat("it is ", magic.name);
    const std::size_t printable_size =
        static_cast<std::size_t>(std::ranges::find_if_not(text, is_text) - text.begin());
    if (printable_size >= kLeastText || printable_size == text.size())
        return cat("it begins with the text '",
                   printable(text.substr(0, std::min(printable_size, kShownText))), "'");
    std::string bytes;
    for (const std::byte b : head.first(std::min(head.size(), kShownBytes)))
        bytes += cat(" ", hex(0x100 + static_cast<unsigned>(b)).substr(3));
    return cat("it begins with the bytes", bytes);
}

}  // namespace kmodpp::elf
