// SPDX-License-Identifier: LGPL-2.1-or-later
// Lays out the module files for tests.
#include "support/elf_builder.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/endian.hpp"

namespace kmodpp::test {

namespace {

/// Size of .gnu.linkonce.this_module, which is struct module; kernels differ.
constexpr std::size_t kThisModuleSize = 0x380;

std::string terminated(std::string_view text) { return std::string(text) + '\0'; }

std::uint8_t symbol_info(std::uint8_t binding, std::uint8_t type) {
    return static_cast<std::uint8_t>(binding << 4 | type);
}

/// Adds a string to a string table and returns its offset.
std::uint32_t add_string(std::string& table, std::string_view text) {
    if (text.empty()) return 0;
    const auto at = static_cast<std::uint32_t>(table.size());
    table += terminated(text);
    return at;
}

}  // namespace

const std::vector<NamedTarget>& all_targets() {
    static const std::vector<NamedTarget> targets = {
        {"64-bit little-endian", {true, std::endian::little, EM_X86_64}},
        {"64-bit big-endian", {true, std::endian::big, EM_S390}},
        {"32-bit little-endian", {false, std::endian::little, EM_ARM}},
        {"32-bit big-endian", {false, std::endian::big, EM_PPC}},
    };
    return targets;
}

ElfBuilder::SectionDraft& ElfBuilder::draft(std::string_view name, std::uint64_t sh_flags,
                                            std::uint64_t align) {
    const auto found = std::ranges::find(sections_, name, &SectionDraft::name);
    if (found != sections_.end()) return *found;
    SectionDraft section{};
    section.name = name;
    section.sh_type = SHT_PROGBITS;
    section.sh_flags = sh_flags;
    section.sh_addralign = align;
    return sections_.emplace_back(std::move(section));
}

std::uint16_t ElfBuilder::index_of(std::string_view section) {
    // Index 0 is the null section, which has no draft.
    return static_cast<std::uint16_t>(&draft(section) - sections_.data() + 1);
}

void ElfBuilder::append_word(std::string& out, std::uint64_t value) const {
    if (target_.is_64)
        kmodpp::append(out, value, target_.order);
    else
        kmodpp::append(out, static_cast<std::uint32_t>(value), target_.order);
}

ElfBuilder& ElfBuilder::type(std::uint16_t e_type) {
    e_type_ = e_type;
    return *this;
}

ElfBuilder& ElfBuilder::section(std::string_view name, std::string_view contents,
                                std::uint32_t sh_type, std::uint64_t sh_flags,
                                std::uint64_t align) {
    SectionDraft& section = draft(name);
    section.contents = contents;
    section.sh_type = sh_type;
    section.sh_flags = sh_flags;
    section.sh_addralign = align;
    return *this;
}

ElfBuilder& ElfBuilder::no_bits(std::string_view name, std::uint64_t size) {
    section(name, {}, SHT_NOBITS, SHF_ALLOC | SHF_WRITE, 8);
    draft(name).no_bits_size = size;
    return *this;
}

ElfBuilder& ElfBuilder::text(std::size_t size) {
    return section(".text", std::string(size, '\x90'), SHT_PROGBITS,
                   SHF_ALLOC | SHF_EXECINSTR, 16);
}

ElfBuilder& ElfBuilder::defined(std::string_view name, std::string_view section,
                                std::uint64_t value, std::uint8_t binding,
                                std::uint8_t type) {
    symbols_.push_back(
        {std::string(name), symbol_info(binding, type), index_of(section), value});
    return *this;
}

ElfBuilder& ElfBuilder::absolute(std::string_view name, std::uint64_t value,
                                 std::uint8_t binding) {
    symbols_.push_back(
        {std::string(name), symbol_info(binding, STT_NOTYPE), SHN_ABS, value});
    return *this;
}

ElfBuilder& ElfBuilder::undefined(std::string_view name, std::uint8_t binding,
                                  std::uint8_t type) {
    symbols_.push_back({std::string(name), symbol_info(binding, type), SHN_UNDEF, 0});
    return *this;
}

ElfBuilder& ElfBuilder::info(std::string_view key, std::string_view value) {
    std::string& contents = draft(".modinfo").contents;
    contents += key;
    contents += '=';
    contents += terminated(value);
    return *this;
}

ElfBuilder& ElfBuilder::version(std::string_view name, std::uint32_t crc) {
    constexpr std::size_t kRow = 64;
    std::string row;
    append_word(row, crc);
    row += name;
    if (row.size() >= kRow)
        throw std::logic_error("name too long for __versions: " + std::string(name));
    row.resize(kRow);
    draft("__versions", SHF_ALLOC, 32).contents += row;
    return *this;
}

ElfBuilder& ElfBuilder::extended_version(std::string_view name, std::uint32_t crc) {
    kmodpp::append(draft("__version_ext_crcs", SHF_ALLOC, 4).contents, crc,
                   target_.order);
    draft("__version_ext_names").contents += terminated(name);
    return *this;
}

void ElfBuilder::add_ksymtab_entry(std::string_view name, std::string_view table) {
    // Value, name and namespace, each relative to its own position.
    constexpr std::size_t kEntry = 12;
    SectionDraft& section = draft(table, SHF_ALLOC, 4);
    const std::size_t at = section.contents.size();
    section.contents.append(kEntry, '\0');
    defined("__ksymtab_" + std::string(name), table, at, STB_LOCAL);
    draft("__ksymtab_strings").contents += terminated(name);
}

void ElfBuilder::add_crc(std::string_view name, std::uint32_t crc, CrcPlace place) {
    const std::string symbol = "__crc_" + std::string(name);
    if (place == CrcPlace::absolute) {
        absolute(symbol, crc);
        return;
    }
    std::string& table = draft("__kcrctab", SHF_ALLOC, 4).contents;
    const std::size_t at = table.size();
    kmodpp::append(table, crc, target_.order);
    defined(symbol, "__kcrctab", at, STB_LOCAL);
}

ElfBuilder& ElfBuilder::exports(std::string_view name, std::optional<std::uint32_t> crc,
                                bool gpl_only, CrcPlace place) {
    defined(name, ".text", 0, STB_GLOBAL, STT_FUNC);
    add_ksymtab_entry(name, gpl_only ? "__ksymtab_gpl" : "__ksymtab");
    if (crc) add_crc(name, *crc, place);
    return *this;
}

ElfBuilder& ElfBuilder::symbol_namespace(std::string_view name, std::string_view wanted) {
    std::string& strings = draft("__ksymtab_strings").contents;
    const std::size_t at = strings.size();
    strings += terminated(wanted);
    return defined("__kstrtabns_" + std::string(name), "__ksymtab_strings", at,
                   STB_LOCAL);
}

ElfBuilder& ElfBuilder::flagged_export(std::string_view name,
                                       std::optional<std::uint32_t> crc, bool gpl_only) {
    exports(name, crc, false, CrcPlace::section);
    draft("__kflagstab").contents += gpl_only ? '\1' : '\0';
    return *this;
}

ElfBuilder& ElfBuilder::this_module(std::string_view name, bool has_init, bool has_exit) {
    // The name follows the state and the list head.
    const std::size_t name_at = target_.is_64 ? 24 : 12;
    std::string contents(kThisModuleSize, '\0');
    contents.replace(name_at, name.size(), name);
    section(".gnu.linkonce.this_module", contents, SHT_PROGBITS, SHF_ALLOC | SHF_WRITE,
            64);
    defined("__this_module", ".gnu.linkonce.this_module", 0, STB_GLOBAL, STT_OBJECT);
    const std::string code(16, '\0');
    if (has_init) {
        section(".init.text", code, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 16);
        defined("init_module", ".init.text", 0, STB_GLOBAL, STT_FUNC);
    }
    if (has_exit) {
        section(".exit.text", code, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 16);
        defined("cleanup_module", ".exit.text", 0, STB_GLOBAL, STT_FUNC);
    }
    return *this;
}

ElfBuilder& ElfBuilder::build_id(std::string_view bytes) {
    constexpr std::string_view kOwner{"GNU\0", 4};
    std::string note;
    kmodpp::append(note, static_cast<std::uint32_t>(kOwner.size()), target_.order);
    kmodpp::append(note, static_cast<std::uint32_t>(bytes.size()), target_.order);
    kmodpp::append(note, std::uint32_t{NT_GNU_BUILD_ID}, target_.order);
    note += kOwner;
    note += bytes;
    note.resize((note.size() + 3) / 4 * 4);
    return section(".note.gnu.build-id", note, SHT_NOTE, SHF_ALLOC, 4);
}

ElfBuilder& ElfBuilder::append(std::string_view bytes) {
    appended_ += bytes;
    return *this;
}

ElfBuilder& ElfBuilder::stripped() {
    stripped_ = true;
    return *this;
}

void ElfBuilder::add_tables(std::vector<SectionDraft>& sections) const {
    if (stripped_) return;
    std::string strings(1, '\0'), entries;
    const auto add = [&](const SymbolDraft& symbol) {
        const std::uint32_t name = add_string(strings, symbol.name);
        kmodpp::append(entries, name, target_.order);
        if (!target_.is_64) {
            append_word(entries, symbol.st_value);
            append_word(entries, 0);
        }
        entries += static_cast<char>(symbol.st_info);
        entries += '\0';
        kmodpp::append(entries, symbol.st_shndx, target_.order);
        if (target_.is_64) {
            append_word(entries, symbol.st_value);
            append_word(entries, 0);
        }
    };
    const auto is_local = [](const SymbolDraft& symbol) {
        return symbol.st_info >> 4 == STB_LOCAL;
    };
    add({{}, 0, 0, 0});
    std::uint32_t locals = 1;
    for (const SymbolDraft& symbol : symbols_)
        if (is_local(symbol)) {
            add(symbol);
            ++locals;
        }
    for (const SymbolDraft& symbol : symbols_)
        if (!is_local(symbol)) add(symbol);

    // The string table follows directly; the null section comes first.
    const auto strings_index = static_cast<std::uint32_t>(sections.size() + 2);
    sections.push_back({".symtab", entries, SHT_SYMTAB, 0, target_.is_64 ? 8u : 4u, 0,
                        strings_index, locals,
                        target_.is_64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym)});
    sections.push_back({".strtab", strings, SHT_STRTAB, 0, 1, 0, 0, 0, 0});
}

std::string ElfBuilder::header(std::uint64_t e_shoff, std::size_t count) const {
    std::string out = ELFMAG;
    out += static_cast<char>(target_.is_64 ? ELFCLASS64 : ELFCLASS32);
    out += static_cast<char>(target_.order == std::endian::little ? ELFDATA2LSB
                                                                  : ELFDATA2MSB);
    out += static_cast<char>(EV_CURRENT);
    out.resize(EI_NIDENT);
    const auto half = [&](std::size_t value) {
        kmodpp::append(out, static_cast<std::uint16_t>(value), target_.order);
    };
    half(e_type_);
    half(target_.e_machine);
    kmodpp::append(out, std::uint32_t{EV_CURRENT}, target_.order);
    append_word(out, 0);  // e_entry
    append_word(out, 0);  // e_phoff
    append_word(out, e_shoff);
    kmodpp::append(out, std::uint32_t{0}, target_.order);  // e_flags
    half(target_.is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
    half(0);  // e_phentsize
    half(0);  // e_phnum
    half(target_.is_64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
    half(count);
    half(count - 1);  // e_shstrndx: the last one
    return out;
}

std::string ElfBuilder::section_header(const SectionDraft& section, std::uint32_t name,
                                       std::uint64_t offset) const {
    std::string out;
    kmodpp::append(out, name, target_.order);
    kmodpp::append(out, section.sh_type, target_.order);
    append_word(out, section.sh_flags);
    append_word(out, 0);  // sh_addr
    append_word(out, offset);
    append_word(out, section.sh_type == SHT_NOBITS ? section.no_bits_size
                                                   : section.contents.size());
    kmodpp::append(out, section.sh_link, target_.order);
    kmodpp::append(out, section.sh_info, target_.order);
    append_word(out, section.sh_addralign);
    append_word(out, section.sh_entsize);
    return out;
}

std::string ElfBuilder::build() const {
    std::vector<SectionDraft> sections = sections_;
    add_tables(sections);
    sections.push_back({".shstrtab", {}, SHT_STRTAB, 0, 1, 0, 0, 0, 0});

    std::string& names = sections.back().contents;
    names.assign(1, '\0');
    std::vector<std::uint32_t> name_places;
    for (const SectionDraft& section : sections)
        name_places.push_back(add_string(names, section.name));

    const std::size_t count = sections.size() + 1;
    std::string body(header(0, count).size(), '\0');
    std::string table = section_header({}, 0, 0);
    const auto align = [&](std::uint64_t to) {
        body.resize((body.size() + to - 1) / to * to);
    };
    for (std::size_t i = 0; i < sections.size(); ++i) {
        align(std::max<std::uint64_t>(sections[i].sh_addralign, 1));
        table += section_header(sections[i], name_places[i], body.size());
        body += sections[i].contents;
    }
    align(8);
    const std::string head = header(body.size(), count);
    body.replace(0, head.size(), head);
    return body + table + appended_;
}

std::string signature_tail(const SignatureTrailer& t) {
    std::string out;
    for (const std::uint8_t byte : {t.algo, t.hash, t.id_type, t.signer_len, t.key_id_len,
                                    t.pad[0], t.pad[1], t.pad[2]})
        out += static_cast<char>(byte);
    kmodpp::append(out, t.sig_len, std::endian::big);
    return out + "~Module signature appended~\n";
}

}  // namespace kmodpp::test
