// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/symbol_table.hpp"

#include <array>

#include "base/text.hpp"

namespace kmodpp::index {

namespace {

/// Symbols that no file lists: the loader or the linker makes them up.
constexpr std::array<std::string_view, 3> kMadeByLoader = {
    "__this_module", "_GLOBAL_OFFSET_TABLE_", "TOC."};

/// Takes each line apart at blanks and hands the fields to `take`, which says whether
/// they are a row of the format.
template <class Take>
Status for_each_row(std::string_view text, std::size_t least_fields, Take take) {
    std::size_t number = 0;
    for (std::string_view rest = text; !rest.empty();) {
        ++number;
        const auto fields = split_words(take_until(rest, '\n'));
        if (fields.empty()) continue;
        if (fields.size() < least_fields || !take(fields))
            return fail(ErrorKind::malformed,
                        cat("line ", number, ": not a row of this format: '",
                            printable(fields[0], 40), "…'"));
    }
    return {};
}

}  // namespace

std::string_view SymbolTable::without_prefix(std::string_view name) const {
    if (prefix_ && name.starts_with(*prefix_)) name.remove_prefix(1);
    return name;
}

std::string_view SymbolTable::stem(std::string_view name) const {
    if (name.starts_with('.')) name.remove_prefix(1);
    return without_prefix(name);
}

std::optional<std::uint32_t> SymbolTable::add(std::string_view name, Provider provider) {
    auto [at, is_new] = providers_.try_emplace(stem(name), provider);
    if (is_new) return std::nullopt;
    const std::uint32_t before = at->second.module;
    at->second = provider;
    return before == Provider::kKernel ? std::nullopt : std::optional(before);
}

const Provider* SymbolTable::find(std::string_view name) const {
    const auto at = providers_.find(stem(name));
    return at == providers_.end() ? nullptr : &at->second;
}

void SymbolTable::add_kernel_symbol(std::string_view name,
                                    std::optional<std::uint32_t> crc) {
    add(kernel_names_.emplace_back(name), {Provider::kKernel, crc});
}

Status SymbolTable::add_symvers(std::string_view text) {
    knows_kernel_ = true;
    for (const std::string_view name : kMadeByLoader)
        add_kernel_symbol(name, std::nullopt);
    return for_each_row(text, 3, [this](const auto& fields) {
        std::string_view digits = fields[0];
        if (digits.starts_with("0x")) digits.remove_prefix(2);
        const auto crc = parse_unsigned<std::uint32_t>(digits, 16);
        if (!crc) return false;
        if (fields[2] == "vmlinux") add_kernel_symbol(fields[1], *crc);
        return true;
    });
}

Status SymbolTable::add_system_map(std::string_view text) {
    knows_kernel_ = true;
    for (const std::string_view name : kMadeByLoader)
        add_kernel_symbol(name, std::nullopt);
    return for_each_row(text, 1, [this](const auto& fields) {
        constexpr std::string_view kExport = "__ksymtab_";
        if (fields.size() < 3) return true;
        const std::string_view name = without_prefix(fields[2]);
        if (name.starts_with(kExport))
            add_kernel_symbol(name.substr(kExport.size()), std::nullopt);
        return true;
    });
}

}  // namespace kmodpp::index
