// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/symbol_table.hpp"

#include <array>
#include <utility>

namespace kmodpp::index {

namespace {

/// Symbols that the loader or the linker creates; no file lists them.
constexpr std::array<std::string_view, 3> kCreatedByLoader = {
    "__this_module", "_GLOBAL_OFFSET_TABLE_", "TOC."};

}  // namespace

std::optional<std::uint32_t> SymbolTable::add(std::string_view name, Provider provider) {
    const auto end = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back({stem(name), provider});
    const std::uint32_t at = positions_.add(entries_.back().name, end);
    if (at == end) return std::nullopt;
    entries_.pop_back();
    const std::uint32_t before = std::exchange(entries_[at].provider, provider).module;
    return before == Provider::kKernel ? std::nullopt : std::optional(before);
}

void SymbolTable::add_kernel_symbol(std::string_view name,
                                    std::optional<std::uint32_t> crc) {
    add(kernel_names_.emplace_back(name), {Provider::kKernel, crc});
}

void SymbolTable::add_kernel(const std::vector<KernelExport>& exports) {
    knows_kernel_ = true;
    reserve(kCreatedByLoader.size() + exports.size());
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
