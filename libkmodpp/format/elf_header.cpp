// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/elf_header.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstddef>
#include <limits>

#include "base/text.hpp"
#include "format/elf_fields.hpp"

namespace kmodpp::elf {

namespace {

struct UnameRow {
    std::string_view name;  ///< prefix of what uname -m prints
    std::uint16_t machine;
};
/// Longer names before those that are prefixes of them.
constexpr std::array<UnameRow, 17> kUnameNames = {{
    {"x86_64", EM_X86_64},
    {"i386", EM_386},
    {"i486", EM_386},
    {"i586", EM_386},
    {"i686", EM_386},
    {"aarch64", EM_AARCH64},
    {"arm", EM_ARM},
    {"riscv", EM_RISCV},
    {"ppc64", EM_PPC64},
    {"ppc", EM_PPC},
    {"s390x", EM_S390},
    {"mips", EM_MIPS},
    {"loongarch", kLoongArch},
    {"sparc64", EM_SPARCV9},
    {"parisc", EM_PARISC},
    {"alpha", kAlpha},
    {"m68k", EM_68K},
}};

std::uint64_t saturated_end(std::uint64_t offset, std::uint64_t size) {
    constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
    return size > kMax - offset ? kMax : offset + size;
}

}  // namespace

std::string spaced_hex(Bytes bytes) {
    std::string text = hex_bytes(as_text(bytes));
    for (char& c : text) c = c == ':' ? ' ' : static_cast<char>(std::tolower(c));
    return text;
}

bool begins_as_elf(Bytes head) { return as_text(head).starts_with(ELFMAG); }

std::uint64_t Header::least_size() const {
    return saturated_end(e_shoff, std::uint64_t{e_shnum} * e_shentsize);
}

Header decode_header(Bytes bytes, bool is_64, std::endian order) {
    const Fields fields(bytes.data(), is_64, order);
    Header header{.is_64 = is_64, .order = order};
    header.ident_version = static_cast<std::uint8_t>(bytes[EI_VERSION]);
    header.e_type = fields.get<std::uint16_t>(KMODPP_ELF_FIELD(Ehdr, e_type));
    header.e_machine = fields.get<std::uint16_t>(KMODPP_ELF_FIELD(Ehdr, e_machine));
    header.e_version = fields.get<std::uint32_t>(KMODPP_ELF_FIELD(Ehdr, e_version));
    header.e_shoff = fields.word(KMODPP_ELF_FIELD(Ehdr, e_shoff));
    header.e_shentsize = fields.get<std::uint16_t>(KMODPP_ELF_FIELD(Ehdr, e_shentsize));
    header.e_shnum = fields.get<std::uint16_t>(KMODPP_ELF_FIELD(Ehdr, e_shnum));
    header.e_shstrndx = fields.get<std::uint16_t>(KMODPP_ELF_FIELD(Ehdr, e_shstrndx));
    return header;
}

Result<Header> parse_header(Bytes head) {
    if (head.empty()) return malformed("not an ELF file (it is empty)");
    if (!begins_as_elf(head))
        return fail(
            ErrorKind::malformed,
            cat("not an ELF file (magic ",
                spaced_hex(head.first(std::min<std::size_t>(head.size(), SELFMAG))), ")"),
            ENOEXEC);
    if (head.size() < EI_NIDENT)
        return malformed(cat("the ELF identification is cut off after ", head.size(),
                             " of ", EI_NIDENT, " bytes"));
    const auto ident = [&](std::size_t i) { return static_cast<unsigned>(head[i]); };
    if (ident(EI_CLASS) != ELFCLASS32 && ident(EI_CLASS) != ELFCLASS64)
        return malformed(cat("unknown ELF class ", ident(EI_CLASS)));
    if (ident(EI_DATA) != ELFDATA2LSB && ident(EI_DATA) != ELFDATA2MSB)
        return malformed(cat("unknown ELF byte order ", ident(EI_DATA)));
    const bool is_64 = ident(EI_CLASS) == ELFCLASS64;
    const std::size_t size = is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    if (head.size() < size)
        return malformed(
            cat("the ELF header is cut off after ", head.size(), " of ", size, " bytes"));
    return decode_header(
        head, is_64,
        ident(EI_DATA) == ELFDATA2MSB ? std::endian::big : std::endian::little);
}

std::optional<Header> read_header(Bytes head) {
    const auto header = parse_header(head);
    return header ? std::optional(*header) : std::nullopt;
}

std::optional<std::uint16_t> machine_of_uname(std::string_view name) {
    const auto row = std::ranges::find_if(
        kUnameNames, [&](const UnameRow& known) { return name.starts_with(known.name); });
    if (row == kUnameNames.end()) return std::nullopt;
    return row->machine;
}

bool is_64_by_uname(std::string_view name) {
    return name.contains("64") || name == "s390x" || name == "alpha";
}

}  // namespace kmodpp::elf
