// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/elf_description.hpp"

#include <elf.h>

#include <algorithm>
#include <array>

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
    {kLoongArch, "LoongArch"},
    {kAlpha, "Alpha"},
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

bool is_text(char c) { return (c >= ' ' && c < 0x7f) || c == '\t'; }

}  // namespace

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
    constexpr std::size_t kMinText = 4;
    constexpr std::size_t kShownBytes = 8;
    const std::string_view text = as_text(head);
    for (const Magic& magic : kMagics)
        if (text.starts_with(magic.bytes)) return cat("it is ", magic.name);
    const std::size_t printable_size =
        static_cast<std::size_t>(std::ranges::find_if_not(text, is_text) - text.begin());
    if (printable_size >= kMinText || printable_size == text.size())
        return cat("it begins with the text '",
                   printable(text.substr(0, std::min(printable_size, kShownText))), "'");
    return cat("it begins with the bytes ",
               spaced_hex(head.first(std::min(head.size(), kShownBytes))));
}

}  // namespace kmodpp::elf
