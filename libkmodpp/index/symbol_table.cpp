// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/symbol_table.hpp"

#include <array>

namespace kmodpp::index {

namespace {

/// Symbols that the loader or the linker creates; no file lists them.
constexpr std::array<std::string_view, 3> kCreatedByLoader = {
    "__this_module", "_GLOBAL_OFFSET_TABLE_", "TOC."};

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

void SymbolTable::add_kernel(const std::vector<KernelExport>& exports) {
    knows_kernel_ = true;
    for (const std::string_view name : kCreatedByLoader)
        add_kernel_symbol(name, std::nullopt);
    for (const KernelExport& symbol : exports) add_kernel_symbol(symbol.name, symbol.crc);
}

Status SymbolTable::add_symvers(std::string_view text) {
    TRY_ASSIGN(const auto exports, parse_symvers(text));
    add_kernel(exports);
    return {};
}

bool SymbolTable::add_system_map(std::string_view text) {
    const auto exports = parse_system_map(text, prefix_);
    if (exports.empty()) return false;
    add_kernel(exports);
    return true;
}

}  // namespace kmodpp::index
