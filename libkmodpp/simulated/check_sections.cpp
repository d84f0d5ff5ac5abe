// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks the sections of a module: its name, its strings, and its size in memory (source:
// setup_load_info, layout_and_allocate).
#include <elf.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <limits>
#include <set>

#include "base/names.hpp"
#include "base/text.hpp"
#include "format/symbols.hpp"
#include "simulated/load_attempt.hpp"

namespace kmodpp::kernel {

namespace {

constexpr std::string_view kThisModule = ".gnu.linkonce.this_module";
/// Size of the name in struct module on 64-bit machines.
constexpr std::size_t kMaxModuleName = 55;
constexpr std::uint64_t kPage = 4096;
/// The kernel keeps the size of a module in an unsigned int.
constexpr std::uint64_t kMaxLayout = std::numeric_limits<std::uint32_t>::max() - kPage;

/// Whether a name can be a directory in /sys and a word in /proc/modules.
bool is_module_name(std::string_view name) {
    return is_entry_name(name) && name.size() <= kMaxModuleName && name[0] != '.' &&
           std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; }) &&
           name.find_first_of(",[]") == std::string_view::npos;
}

/// The name in struct module, which follows its state and a list head.
std::string_view name_in_struct(const LoadAttempt& attempt, const elf::Section& section) {
    const auto bytes = attempt.image->contents(section);
    if (!bytes) return {};
    const std::size_t at = attempt.image->is_64() ? 24 : 12;
    std::string_view text = as_text(*bytes);
    text = text.substr(std::min(at, text.size()), kMaxModuleName + 1);
    return text.substr(0, text.find('\0'));
}

/// The name that the kernel logs while it does not know the name of the module.
void forget_name(LoadAttempt& attempt) {
    if (!find_info(attempt.info, "name"))
        attempt.module.line.name = "(missing .modinfo section or name field)";
}

Status read_texts(LoadAttempt& attempt) {
    auto info = read_modinfo(*attempt.image);
    if (!info) return attempt.refuse(ENOEXEC, cat("invalid ELF: ", info.error().message));
    attempt.info = *std::move(info);
    if (const auto name = find_info(attempt.info, "name"))
        attempt.module.line.name = *name;
    attempt.module.version = attempt.info_text("version");
    attempt.module.srcversion = attempt.info_text("srcversion");
    return {};
}

/// Total size of the sections that stay in memory, or stay until init has run.
class Layout {
public:
    /// False if the total overflows.
    [[nodiscard]] bool add(const elf::Section& section) {
        const std::uint64_t align = std::max<std::uint64_t>(section.sh_addralign, 1);
        if (!std::has_single_bit(align) || align > kMaxLayout ||
            section.sh_size > kMaxLayout)
            return false;
        // The symbol table is freed after init; the kernel keeps a copy of a part of it.
        const bool with_init =
            section.name.starts_with(".init") || (section.sh_flags & SHF_ALLOC) == 0;
        std::uint64_t& size = with_init ? init_ : core_;
        size = ((size + align - 1) & ~(align - 1)) + section.sh_size;
        return true;
    }
    [[nodiscard]] bool fits() const { return core_ <= kMaxLayout && init_ <= kMaxLayout; }
    [[nodiscard]] std::uint64_t core() const { return std::max(pages(core_), kPage); }
    [[nodiscard]] std::uint64_t init() const { return pages(init_); }

private:
    static std::uint64_t pages(std::uint64_t size) {
        return (size + kPage - 1) / kPage * kPage;
    }
    std::uint64_t core_ = 0, init_ = 0;
};

/// Sections that the kernel copies elsewhere, and sections that it keeps although the
/// file does not mark them as allocated.
bool is_kept(const elf::Section& section) {
    if (section.sh_type == SHT_SYMTAB || section.name == ".strtab") return true;
    return (section.sh_flags & SHF_ALLOC) != 0 && section.name != ".modinfo" &&
           section.name != ".data..percpu" &&
           std::ranges::find(kVersionSections, section.name) == kVersionSections.end();
}

}  // namespace

Status check_sections(LoadAttempt& attempt) {
    TRY(read_texts(attempt));
    const auto& sections = attempt.image->sections();
    if (std::ranges::find(sections, std::uint32_t{SHT_SYMTAB}, &elf::Section::sh_type) ==
        sections.end()) {
        forget_name(attempt);
        return attempt.refuse(ENOEXEC, "module has no symbols (stripped?)");
    }
    const elf::Section* const self = attempt.image->find(kThisModule);
    if (self == nullptr) {
        forget_name(attempt);
        return attempt.refuse(ENOEXEC, "No module found in object");
    }
    if (!find_info(attempt.info, "name"))
        attempt.module.line.name = name_in_struct(attempt, *self);
    // The kernel has no message for an invalid name.
    if (!is_module_name(attempt.module.line.name))
        return attempt.refuse(ENOEXEC, "invalid module name");
    return {};
}

Status check_layout(LoadAttempt& attempt) {
    NewModule& module = attempt.module;
    Layout layout;
    std::set<std::string_view> seen;
    for (const elf::Section& section : attempt.image->sections()) {
        if (!is_kept(section)) continue;
        if (!layout.add(section))
            return attempt.refuse(ENOEXEC, cat("invalid size or alignment of ",
                                               attempt.image->describe(section)));
        if (!layout.fits())
            return attempt.refuse(ENOMEM, "the sections do not fit into memory");
        if (section.sh_size == 0 || !is_entry_name(section.name) ||
            !seen.insert(section.name).second)
            continue;
        module.sections.emplace_back(section.name);
        if (section.sh_type != SHT_NOTE) continue;
        TRY_ASSIGN(const Bytes note, attempt.image->contents(section));
        module.notes.push_back({std::string(section.name), std::string(as_text(note))});
    }
    module.line.size = layout.core();
    module.init_size = layout.init();
    return {};
}

}  // namespace kmodpp::kernel
