// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks that a file is an ELF module, in the order and with the messages of the kernel
// (source: elf_validity_check).
#include <elf.h>

#include <cerrno>

#include "base/endian.hpp"
#include "base/text.hpp"
#include "format/elf_header.hpp"
#include "simulated/load_attempt.hpp"

namespace kmodpp::kernel {

namespace {

/// The header as the kernel reads it: an unknown class counts as 64-bit, an unknown byte
/// order as little-endian. \param bytes at least the header size of the class
elf::Header header_of(Bytes bytes) {
    return elf::decode_header(bytes, bytes[EI_CLASS] != std::byte{ELFCLASS32},
                              bytes[EI_DATA] == std::byte{ELFDATA2MSB}
                                  ? std::endian::big
                                  : std::endian::little);
}

std::uint64_t section_size(const elf::Header& header) { return header.is_64 ? 64 : 40; }

std::unexpected<Error> refuse(LoadAttempt& attempt, std::string text) {
    attempt.log_line(std::move(text));
    return attempt.refuse(ENOEXEC);
}

Status check_fields(LoadAttempt& attempt, const elf::Header& header) {
    if (header.e_type != ET_REL)
        return refuse(attempt,
                      cat("Invalid ELF header type: ", header.e_type, " != ", ET_REL));
    std::optional<std::uint16_t> machine = attempt.description.machine;
    if (!machine) {
        TRY_ASSIGN(const LoadedExports* const loaded, attempt.store->exports());
        machine = loaded->machine;
    }
    if (machine && *machine != header.e_machine)
        return refuse(attempt,
                      cat("Invalid architecture in ELF header: ", header.e_machine));
    if (header.e_shentsize != section_size(header))
        return refuse(attempt, "Invalid ELF section header size");
    const std::uint64_t table = header.e_shnum * section_size(header);
    if (header.e_shoff >= attempt.length || table > attempt.length - header.e_shoff)
        return refuse(attempt, "Invalid ELF section header overflow");
    if (header.e_shstrndx == SHN_UNDEF || header.e_shstrndx >= header.e_shnum)
        return refuse(attempt, cat("Invalid ELF section name index: ", header.e_shstrndx,
                                   " || e_shstrndx (", header.e_shstrndx,
                                   ") >= e_shnum (", header.e_shnum, ")"));
    return {};
}

/// Checks the section name table, which the kernel then uses as strings.
Status check_names(LoadAttempt& attempt, const elf::Header& header) {
    const std::uint64_t row = header.e_shoff + header.e_shstrndx * section_size(header);
    TRY_ASSIGN(const Bytes bytes, attempt.file.slice(row, section_size(header)));
    const auto word = [&](std::size_t at_64, std::size_t at_32) -> std::uint64_t {
        return header.is_64 ? load<std::uint64_t>(bytes.data() + at_64, header.order)
                            : load<std::uint32_t>(bytes.data() + at_32, header.order);
    };
    const auto sh_type =
        load<std::uint32_t>(bytes.data() + offsetof(Elf64_Shdr, sh_type), header.order);
    const std::uint64_t sh_offset =
        word(offsetof(Elf64_Shdr, sh_offset), offsetof(Elf32_Shdr, sh_offset));
    const std::uint64_t sh_size =
        word(offsetof(Elf64_Shdr, sh_size), offsetof(Elf32_Shdr, sh_size));
    if (!in_range(sh_offset, sh_size, attempt.length))
        return refuse(attempt, cat("Invalid ELF section hdr(type ", sh_type, ")"));
    if (sh_size == 0) return refuse(attempt, "empty section name table");
    TRY_ASSIGN(const Bytes last, attempt.file.slice(sh_offset + sh_size - 1, 1));
    if (last[0] != std::byte{0})
        return refuse(attempt,
                      "ELF Spec violation: section name table isn't null terminated");
    return {};
}

bool lies_within(const elf::Section& section, std::uint64_t length) {
    return section.sh_type == SHT_NULL || section.sh_type == SHT_NOBITS ||
           in_range(section.sh_offset, section.sh_size, length);
}

Status check_table(LoadAttempt& attempt, const elf::Header& header) {
    const auto& sections = attempt.image->sections();
    const elf::Section& first = sections.front();
    if (first.sh_type != SHT_NULL || first.sh_size != 0 || first.sh_addr != 0)
        return refuse(attempt, cat("ELF Spec violation: section 0 type(", first.sh_type,
                                   ")!=SH_NULL or non-zero len or addr"));
    for (std::size_t i = 1; i < sections.size(); ++i) {
        const elf::Section& section = sections[i];
        if (section.sh_type == SHT_SYMTAB &&
            (section.sh_link == SHN_UNDEF || section.sh_link >= header.e_shnum))
            return refuse(attempt, cat("Invalid ELF sh_link!=SHN_UNDEF(", section.sh_link,
                                       ") or (sh_link(", section.sh_link,
                                       ") >= hdr->e_shnum(", header.e_shnum, ")"));
        if (!lies_within(section, attempt.length))
            return refuse(attempt, cat("Invalid ELF section in module (section ", i,
                                       " type ", section.sh_type, ")"));
    }
    return {};
}

}  // namespace

Status check_header(LoadAttempt& attempt) {
    std::uint64_t needed = sizeof(Elf64_Ehdr);
    if (attempt.length > EI_CLASS) {
        TRY_ASSIGN(const Bytes ident, attempt.file.slice(0, EI_CLASS + 1));
        if (ident[EI_CLASS] == std::byte{ELFCLASS32}) needed = sizeof(Elf32_Ehdr);
    }
    if (attempt.length < needed)
        return refuse(attempt, cat("Invalid ELF header len ", attempt.length));
    TRY_ASSIGN(const Bytes bytes, attempt.file.slice(0, needed));
    if (!as_text(bytes).starts_with(ELFMAG))
        return refuse(attempt, cat("Invalid ELF header magic: != ", ELFMAG));
    const elf::Header header = header_of(bytes);
    TRY(check_fields(attempt, header));
    TRY(check_names(attempt, header));
    auto image = elf::Image::parse(attempt.file);
    if (!image) {
        if (image.error().kind != ErrorKind::malformed)
            return std::unexpected(std::move(image).error());
        return refuse(attempt, cat("Invalid ELF section: ", image.error().message));
    }
    attempt.image = *std::move(image);
    attempt.module.machine = header.e_machine;
    return check_table(attempt, header);
}

}  // namespace kmodpp::kernel
