// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a file is a module for this kernel at all, and how much memory it takes.
#include <elf.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <limits>
#include <set>

#include "base/names.hpp"
#include "base/text.hpp"
#include "kernel/load_attempt.hpp"
#include "kernel/module_files.hpp"

namespace kmodpp::kernel {

namespace {

/// struct module has room for so many characters on 64-bit machines.
constexpr std::size_t kMaxModuleName = 55;
constexpr std::uint64_t kPage = 4096;
/// The kernel keeps the size of a module in an unsigned int.
constexpr std::uint64_t kMaxLayout = std::numeric_limits<std::uint32_t>::max() - kPage;

Status check_contents(LoadAttempt& attempt) {
    const auto contents = attempt.file.contents();
    if (!contents) {
        // A kernel that unpacks by itself has just one word for what it cannot unpack.
        if (attempt.file.compression() != io::Compression::none &&
            attempt.file.compression() == attempt.description.compression)
            return attempt.refuse(EINVAL, printable(contents.error().message));
        return std::unexpected(within(contents.error(), attempt.file.path()));
    }
    if (contents->empty()) return attempt.refuse(EINVAL);
    return {};
}

/// A name that can be a directory of /sys and a word of /proc/modules.
bool is_module_name(std::string_view name) {
    return is_entry_name(name) && name.size() <= kMaxModuleName && name[0] != '.' &&
           std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f; }) &&
           name.find_first_of(",[]") == std::string_view::npos;
}

Status check_header(LoadAttempt& attempt) {
    auto image = elf::Image::parse(attempt.file);
    if (!image) {
        if (image.error().kind != ErrorKind::malformed)
            return std::unexpected(std::move(image).error());
        return attempt.refuse(ENOEXEC, cat("invalid ELF: ", image.error().message));
    }
    if (image->e_type() != ET_REL)
        return attempt.refuse(
            ENOEXEC, cat("invalid ELF type ", image->e_type(), ", should be ", ET_REL));
    std::optional<std::uint16_t> machine = attempt.description.machine;
    if (!machine) machine = attempt.loaded.machine;
    if (machine && *machine != image->e_machine())
        return attempt.refuse(ENOEXEC, cat("invalid ELF machine ", image->e_machine(),
                                           ", should be ", *machine));
    attempt.module.machine = image->e_machine();
    attempt.image = *std::move(image);
    return {};
}

Status check_sections(LoadAttempt& attempt) {
    const auto& sections = attempt.image->sections();
    if (std::ranges::find(sections, std::uint32_t{SHT_SYMTAB}, &elf::Section::sh_type) ==
        sections.end())
        return attempt.refuse(ENOEXEC, "module has no symbols (stripped?)");
    if (attempt.image->find(".gnu.linkonce.this_module") == nullptr &&
        attempt.image->find(".modinfo") == nullptr)
        return attempt.refuse(ENOEXEC, "no module found in the file (no this_module)");
    return {};
}

}  // namespace

Status check_format(LoadAttempt& attempt) {
    attempt.module.line.name = module_name_of_path(attempt.file.path());
    TRY(check_contents(attempt));
    TRY(check_header(attempt));
    TRY(check_sections(attempt));
    auto info = read_modinfo(*attempt.image);
    if (!info) return attempt.refuse(ENOEXEC, cat("invalid ELF: ", info.error().message));
    attempt.info = *std::move(info);

    if (const auto name = find_info(attempt.info, "name")) {
        if (!is_module_name(*name))
            return attempt.refuse(ENOEXEC,
                                  cat("invalid module name '", printable(*name), "'"));
        attempt.module.line.name = *name;
    } else if (!is_module_name(attempt.module.line.name)) {
        return attempt.refuse(ENOEXEC, "invalid module name");
    }
    const auto text = [&](std::string_view key) -> std::optional<std::string> {
        const auto value = find_info(attempt.info, key);
        return value ? std::optional<std::string>(*value) : std::nullopt;
    };
    attempt.module.version = text("version");
    attempt.module.srcversion = text("srcversion");
    return {};
}

Status check_layout(LoadAttempt& attempt) {
    std::uint64_t core = 0;
    std::set<std::string_view> seen;
    for (const elf::Section& section : attempt.image->sections()) {
        if ((section.sh_flags & SHF_ALLOC) == 0) continue;
        if (section.sh_size > 0 && is_entry_name(section.name) &&
            seen.insert(section.name).second)
            attempt.module.sections.emplace_back(section.name);
        if (section.name.starts_with(".init")) continue;
        const std::uint64_t align = std::max<std::uint64_t>(section.sh_addralign, 1);
        if (!std::has_single_bit(align) || align > kMaxLayout ||
            section.sh_size > kMaxLayout)
            return attempt.refuse(ENOEXEC, cat("invalid size or alignment of ",
                                               attempt.image->describe(section)));
        core = ((core + align - 1) & ~(align - 1)) + section.sh_size;
        if (core > kMaxLayout)
            return attempt.refuse(ENOMEM, "the sections do not fit into memory");
    }
    core = std::max((core + kPage - 1) / kPage * kPage, kPage);
    attempt.module.line.size = core;
    return {};
}

}  // namespace kmodpp::kernel
