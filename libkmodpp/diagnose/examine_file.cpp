// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks that the file is a complete module for this processor.
#include <elf.h>

#include <algorithm>
#include <cerrno>

#include "base/text.hpp"
#include "diagnose/load_case.hpp"
#include "format/elf_description.hpp"

namespace kmodpp {

namespace {

std::string bits(bool is_64) { return is_64 ? "64-bit" : "32-bit"; }
std::string order_name(std::endian order) {
    return order == std::endian::big ? "big-endian" : "little-endian";
}

/// The processor that modules must be built for. Empty members: unknown.
struct Target {
    std::optional<std::uint16_t> machine;
    std::optional<bool> is_64;
    std::optional<std::endian> order;
};

Target target_of_kernel(const LoadCase& load) {
    if (const auto accepted = find_accepted_modules(load); !accepted.empty()) {
        const elf::Header& header = accepted.front().header;
        return {header.e_machine, header.is_64, header.order};
    }
    const kernel::KernelIdentity identity = load.sources.kernel.identity();
    return {identity.machine, identity.is_64, identity.order};
}

std::string describe(const Target& target) {
    std::string text;
    if (target.is_64) text += bits(*target.is_64) + " ";
    if (target.order) text += order_name(*target.order) + " ";
    return text + elf::machine_name(target.machine.value_or(0));
}

/// Returns false if the file is for another processor.
bool examine_target(LoadCase& load, const elf::Header& header) {
    if (load.sources.is_other_kernel) return true;
    const Target target = target_of_kernel(load);
    FailureCause cause{};
    if (target.machine && *target.machine != header.e_machine)
        cause = FailureCause::wrong_machine;
    else if (target.is_64 && *target.is_64 != header.is_64)
        cause = FailureCause::wrong_class;
    else if (target.order && *target.order != header.order)
        cause = FailureCause::wrong_byte_order;
    else
        return true;
    load.add(cause,
             cat(load.file.path(), " is a module for ", elf::describe(header),
                 ", but this kernel runs on ", describe(target)),
             "build it for this machine")
        .facts = {{"module_machine", elf::describe(header)},
                  {"kernel_machine", describe(target)}};
    return false;
}

void add_truncated(LoadCase& load, std::uint64_t least_size) {
    load.add(FailureCause::truncated,
             cat(load.file.path(), " is truncated: it has ", load.file.size(),
                 " bytes, but its headers require ", least_size),
             std::string(kReinstall))
        .facts = {{"size", cat(load.file.size())}, {"needed_size", cat(least_size)}};
}

void add_damaged(LoadCase& load, std::string_view how) {
    load.add(FailureCause::damaged_elf, cat(load.file.path(), " is damaged: ", how),
             std::string(kReinstall));
}

void examine_sections(LoadCase& load) {
    std::uint64_t least_size = 0;
    bool has_symbols = false;
    for (const elf::Section& section : load.image->sections()) {
        has_symbols = has_symbols || section.sh_type == SHT_SYMTAB;
        if (section.sh_type == SHT_NOBITS || section.sh_type == SHT_NULL) continue;
        if (!in_range(section.sh_offset, section.sh_size, load.file.size()) &&
            section.sh_size <= io::kMaxModuleSize &&
            section.sh_offset <= io::kMaxModuleSize)
            least_size = std::max(least_size, section.sh_offset + section.sh_size);
    }
    if (least_size > 0) return add_truncated(load, least_size);
    if (!has_symbols) {
        load.add(FailureCause::stripped,
                 cat(load.file.path(), " has no symbol table: it was stripped"),
                 "build it again and use 'strip --strip-debug', which keeps the symbols "
                 "that the kernel needs");
        return;
    }
    if (load.messages.no_module ||
        load.image->find(".gnu.linkonce.this_module") == nullptr)
        load.add(FailureCause::not_a_module,
                 cat(load.file.path(),
                     " is an object file, not a module: it has no section "
                     ".gnu.linkonce.this_module"),
                 "load the NAME.ko file, which the kernel's build makes from NAME.o");
}

}  // namespace

void examine_file(LoadCase& load) {
    const auto head = load.file.slice(0, std::min(load.file.size(), elf::kHeaderSize));
    const bool packed = load.file.compression() != io::Compression::none;
    if (!head || (packed && !load.file.contents())) {
        const auto contents = load.file.contents();
        load.add(FailureCause::damaged_compression,
                 cat(load.file.path(), " cannot be decompressed: ",
                     contents ? std::string() : contents.error().message),
                 std::string(kReinstall));
        return;
    }
    const std::string subject = cat(load.file.path(), packed ? ", decompressed," : "");
    if (head->empty()) {
        load.add(FailureCause::file_empty, cat(subject, " is empty"),
                 std::string(kReinstall));
        return;
    }
    if (!elf::begins_as_elf(*head)) {
        load.add(FailureCause::not_elf,
                 cat(subject, " is not an ELF file: ", elf::describe_head(*head)),
                 std::string(kReinstall));
        return;
    }
    const auto header = elf::read_header(*head);
    if (!header) {
        if (head->size() < elf::kHeaderSize) return add_truncated(load, elf::kHeaderSize);
        const auto image = elf::Image::parse(load.file);
        return add_damaged(load, image ? "its header is invalid" : image.error().message);
    }
    if (header->e_type != ET_REL) {
        load.add(FailureCause::wrong_elf_type,
                 cat(subject, " is ", elf::type_name(header->e_type), ", not a module"));
        return;
    }
    if (!examine_target(load, *header)) return;
    if (header->least_size() > load.file.size())
        return add_truncated(load, header->least_size());
    if (!load.image) {
        const auto image = elf::Image::parse(load.file);
        return add_damaged(load, image ? "" : image.error().message);
    }
    if (load.code() == ENOEXEC) examine_sections(load);
}

}  // namespace kmodpp
