// SPDX-License-Identifier: LGPL-2.1-or-later
#include "simulated/kernel_symbols.hpp"

#include "base/names.hpp"
#include "base/text.hpp"

namespace kmodpp::kernel {

namespace {

/// Several times the largest Module.symvers, System.map and modules.symbols.
constexpr std::uint64_t kMaxTable = 64u << 20;

constexpr std::string_view kKernelModule = "vmlinux";
constexpr std::string_view kGplExport = "EXPORT_SYMBOL_GPL";
constexpr std::string_view kExportPrefix = "__ksymtab_";

/// "0xCRC<TAB>symbol<TAB>module<TAB>EXPORT_TYPE[<TAB>namespace]"
struct SymversRow {
    std::uint32_t crc = 0;
    std::string_view symbol, module, type, symbol_namespace;
};

std::optional<SymversRow> parse_row(std::string_view line) {
    SymversRow row;
    const std::string_view crc = take_until(line, '\t');
    row.symbol = take_until(line, '\t');
    row.module = take_until(line, '\t');
    row.type = take_until(line, '\t');
    row.symbol_namespace = take_until(line, '\t');
    if (!crc.starts_with("0x") || row.symbol.empty() || row.module.empty())
        return std::nullopt;
    const auto value = parse_unsigned<std::uint32_t>(crc.substr(2), 16);
    if (!value) return std::nullopt;
    row.crc = *value;
    return row;
}

}  // namespace

Result<KernelSymbols> KernelSymbols::read(const KernelRoots& roots,
                                          const KernelDescription& description,
                                          std::string_view tree) {
    KernelSymbols symbols;
    symbols.listed_ = !description.symvers.empty() || !description.system_map.empty();
    if (!description.system_map.empty()) {
        const io::Root& root = roots.that_has(description.system_map);
        TRY_ASSIGN(const std::string text,
                   root.read_file(description.system_map, kMaxTable));
        symbols.add_system_map(text);
    }
    if (!description.symvers.empty()) {
        const io::Root& root = roots.that_has(description.symvers);
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
    bool versioned = false;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view line = take_until(text, '\n');
        if (line.empty()) continue;
        const auto row = parse_row(line);
        if (!row)
            return fail(ErrorKind::malformed,
                        cat("line ", number, ": bad row '", printable(line, 80), "'"));
        if (row->module != kKernelModule) continue;
        std::string name(row->symbol);
        versioned = versioned || row->crc != 0;
        own_[name] = Export{name, row->crc, row->type.starts_with(kGplExport),
                            std::string(row->symbol_namespace)};
    }
    // A kernel without modversions has a column of zeros.
    if (!versioned)
        for (auto& [name, symbol] : own_) symbol.crc.reset();
    return {};
}

void KernelSymbols::add_system_map(std::string_view text) {
    while (!text.empty()) {
        const auto words = split_words(take_until(text, '\n'));
        if (words.size() < 3 || !words[2].starts_with(kExportPrefix)) continue;
        std::string name(words[2].substr(kExportPrefix.size()));
        own_[name] = Export{name, std::nullopt, false};
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
