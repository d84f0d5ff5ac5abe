// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulated/kernel_symbols.hpp"

#include <algorithm>

#include "base/names.hpp"
#include "base/text.hpp"

namespace kmodpp::kernel {

namespace {

/// Several times the largest Module.symvers, System.map and modules.symbols.
constexpr std::uint64_t kMaxTable = 64u << 20;

}  // namespace

Result<KernelSymbols> KernelSymbols::read(const KernelRoots& roots,
                                          const KernelDescription& description,
                                          std::string_view tree) {
    KernelSymbols symbols;
    symbols.listed_ = !description.symvers.empty() || !description.system_map.empty();
    if (!description.system_map.empty()) {
        const io::Root& root = roots.containing(description.system_map);
        TRY_ASSIGN(const std::string text,
                   root.read_file(description.system_map, kMaxTable));
        symbols.add(parse_system_map(text));
    }
    if (!description.symvers.empty()) {
        const io::Root& root = roots.containing(description.symvers);
        TRY_ASSIGN(const std::string text,
                   root.read_file(description.symvers, kMaxTable));
        if (auto status = symbols.add_symvers(text); !status)
            return std::unexpected(
                within(std::move(status).error(), root.display(description.symvers)));
    }
    if (symbols.listed_) return symbols;
    const auto text = roots.image.read_file(cat(tree, "/modules.symbols"), kMaxTable);
    if (text)
        symbols.add_tree(*text);
    else if (text.error().kind != ErrorKind::not_found)
        return std::unexpected(text.error());
    return symbols;
}

Status KernelSymbols::add_symvers(std::string_view text) {
    TRY_ASSIGN(const auto exports, parse_symvers(text));
    const bool versioned = std::ranges::any_of(
        exports, [](const KernelExport& symbol) { return symbol.crc.value_or(0) != 0; });
    add(exports);
    // A kernel without modversions has a column of zeros.
    if (!versioned)
        for (auto& [name, symbol] : own_) symbol.crc.reset();
    return {};
}

void KernelSymbols::add(const std::vector<KernelExport>& exports) {
    for (const KernelExport& symbol : exports) {
        std::string name(symbol.name);
        own_[name] = Export{name, symbol.crc, symbol.gpl_only,
                            std::string(symbol.symbol_namespace)};
    }
}

void KernelSymbols::add_tree(std::string_view text) {
    constexpr std::string_view kSymbolPrefix = "symbol:";
    while (!text.empty()) {
        const auto words = split_words(take_until(text, '\n'));
        if (words.size() < 3 || words[0] != "alias" ||
            !words[1].starts_with(kSymbolPrefix))
            continue;
        providers_.emplace(words[1].substr(kSymbolPrefix.size()),
                           normalise_module_name(words[2]));
    }
}

std::optional<Export> KernelSymbols::find(std::string_view name) const {
    if (const auto own = own_.find(name); own != own_.end()) return own->second;
    if (listed_ || providers_.contains(name)) return std::nullopt;
    return Export{std::string(name), std::nullopt, false};
}

std::vector<std::string> KernelSymbols::providers(std::string_view name) const {
    std::vector<std::string> modules;
    const auto [begin, end] = providers_.equal_range(name);
    for (auto at = begin; at != end; ++at) modules.push_back(at->second);
    return modules;
}

}  // namespace kmodpp::kernel
