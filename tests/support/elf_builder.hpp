// SPDX-License-Identifier: LGPL-2.1-or-later
// Builds module files in memory, valid or damaged, for any class and byte order.
#pragma once

#include <elf.h>

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::test {

struct ElfTarget {
    bool is_64 = true;
    std::endian order = std::endian::little;
    std::uint16_t e_machine = EM_X86_64;
};

/// All four combinations of class and byte order, with names for messages.
struct NamedTarget {
    std::string_view name;
    ElfTarget target;
};
[[nodiscard]] const std::vector<NamedTarget>& all_targets();

/// Where the CRC of an export is stored: before Linux 5.19 as the value of an absolute
/// symbol, later in the section __kcrctab.
enum class CrcPlace { absolute, section };

/// Collects the parts of a module, then lays them out:
///
///   | ELF header | sections, aligned | .symtab .strtab .shstrtab | section headers |
///   | appended bytes |
///
/// Calls may come in any order and return the builder, so they can be chained. Symbols
/// are in the order in which they were added, local ones first.
class ElfBuilder {
public:
    explicit ElfBuilder(ElfTarget target = {}) : target_(target) {}

    ElfBuilder& type(std::uint16_t e_type);

    /// Adds a section, or replaces its contents and attributes.
    ElfBuilder& section(std::string_view name, std::string_view contents,
                        std::uint32_t sh_type = SHT_PROGBITS,
                        std::uint64_t sh_flags = SHF_ALLOC, std::uint64_t align = 1);
    /// Adds a section of that size without bytes in the file.
    ElfBuilder& no_bits(std::string_view name, std::uint64_t size);
    /// Sets the size of .text.
    ElfBuilder& text(std::size_t size);

    /// Adds a symbol in a section; an empty section is added if it does not exist.
    ElfBuilder& defined(std::string_view name, std::string_view section,
                        std::uint64_t value = 0, std::uint8_t binding = STB_GLOBAL,
                        std::uint8_t type = STT_NOTYPE);
    ElfBuilder& absolute(std::string_view name, std::uint64_t value,
                         std::uint8_t binding = STB_GLOBAL);
    ElfBuilder& undefined(std::string_view name, std::uint8_t binding = STB_GLOBAL,
                          std::uint8_t type = STT_NOTYPE);
    ElfBuilder& undefined_weak(std::string_view name) {
        return undefined(name, STB_WEAK);
    }

    /// Adds an entry of .modinfo.
    ElfBuilder& info(std::string_view key, std::string_view value);
    /// Adds a row of __versions.
    ElfBuilder& version(std::string_view name, std::uint32_t crc);
    /// Adds a pair of __version_ext_crcs and __version_ext_names.
    ElfBuilder& extended_version(std::string_view name, std::uint32_t crc);
    /// Adds an export: the function in .text, its name in __ksymtab_strings, its entry in
    /// __ksymtab or __ksymtab_gpl and, with a CRC, its __crc_ symbol.
    ElfBuilder& exports(std::string_view name, std::optional<std::uint32_t> crc,
                        bool gpl_only = false, CrcPlace place = CrcPlace::absolute);
    /// Puts an export into a namespace, which its users must import.
    ElfBuilder& symbol_namespace(std::string_view name, std::string_view wanted);
    /// Stores exports in the form of 7.x kernels: all in __ksymtab, with a byte in
    /// __kflagstab.
    ElfBuilder& flagged_export(std::string_view name, std::optional<std::uint32_t> crc,
                               bool gpl_only);

    /// Adds .gnu.linkonce.this_module with the name of the module and the functions that
    /// it refers to: init_module, cleanup_module.
    ElfBuilder& this_module(std::string_view name, bool has_init = true,
                            bool has_exit = true);
    /// Adds .note.gnu.build-id.
    ElfBuilder& build_id(std::string_view bytes);
    /// Appends bytes after the section headers, such as a signature.
    ElfBuilder& append(std::string_view bytes);
    /// Omits .symtab and .strtab.
    ElfBuilder& stripped();

    /// The bytes of the file.
    [[nodiscard]] std::string build() const;

private:
    struct SectionDraft {
        std::string name;
        std::string contents;
        std::uint32_t sh_type;
        std::uint64_t sh_flags;
        std::uint64_t sh_addralign;
        std::uint64_t no_bits_size = 0;
        std::uint32_t sh_link = 0;
        std::uint32_t sh_info = 0;
        std::uint64_t sh_entsize = 0;
    };
    struct SymbolDraft {
        std::string name;
        std::uint8_t st_info;
        std::uint16_t st_shndx;
        std::uint64_t st_value;
    };

    /// The draft of that name; added with these attributes if it is new.
    SectionDraft& draft(std::string_view name, std::uint64_t sh_flags = SHF_ALLOC,
                        std::uint64_t align = 1);
    [[nodiscard]] std::uint16_t index_of(std::string_view section);
    void append_word(std::string& out, std::uint64_t value) const;
    void add_ksymtab_entry(std::string_view name, std::string_view table);
    void add_crc(std::string_view name, std::uint32_t crc, CrcPlace place);
    void add_tables(std::vector<SectionDraft>& sections) const;
    [[nodiscard]] std::string header(std::uint64_t e_shoff, std::size_t count) const;
    [[nodiscard]] std::string section_header(const SectionDraft& section,
                                             std::uint32_t name,
                                             std::uint64_t offset) const;

    ElfTarget target_;
    std::uint16_t e_type_ = ET_REL;
    std::vector<SectionDraft> sections_;
    std::vector<SymbolDraft> symbols_;
    std::string appended_;
    bool stripped_ = false;
};

/// Damages a built file: overwrites one field, named as in elf(5), of the file header
/// ("e_shstrndx"), of a section header ("sh_offset") or of a symbol ("st_name"). Unknown
/// names throw std::logic_error, so that a test cannot miss its target.
void patch_header(std::string& file, std::string_view field, std::uint64_t value);
void patch_section(std::string& file, std::size_t index, std::string_view field,
                   std::uint64_t value);
void patch_section(std::string& file, std::string_view section, std::string_view field,
                   std::uint64_t value);
void patch_symbol(std::string& file, std::string_view symbol, std::string_view field,
                  std::uint64_t value);

/// The 12 bytes before the marker: the kernel's struct module_signature.
struct SignatureTrailer {
    std::uint8_t algo = 0;
    std::uint8_t hash = 0;
    std::uint8_t id_type = 2;
    std::uint8_t signer_len = 0;
    std::uint8_t key_id_len = 0;
    std::uint8_t pad[3] = {0, 0, 0};
    std::uint32_t sig_len = 0;
};
/// The trailer and the marker.
[[nodiscard]] std::string signature_tail(const SignatureTrailer& trailer);

}  // namespace kmodpp::test
