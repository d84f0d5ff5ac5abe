// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/symvers.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace kmodpp {

namespace {

constexpr std::string_view kKernel = "vmlinux";
constexpr std::string_view kExportType = "EXPORT_";
constexpr std::string_view kGplExport = "EXPORT_SYMBOL_GPL";
constexpr std::string_view kKsymtab = "__ksymtab_";

/// A row and the module that it belongs to.
struct Row {
    KernelExport symbol;
    std::string_view module;
};
std::optional<Row> parse_row(const std::vector<std::string_view>& words) {
    if (words.size() < 3) return std::nullopt;
    std::string_view digits = words[0];
    if (digits.starts_with("0x")) digits.remove_prefix(2);
    const auto crc = parse_unsigned<std::uint32_t>(digits, 16);
    if (!crc) return std::nullopt;
    Row row{{words[1], *crc}, words[2]};
    const auto type = std::find_if(words.begin() + 3, words.end(), [](auto word) {
        return word.starts_with(kExportType);
    });
    if (type == words.end()) return row;
    row.module = *(type - 1);
    row.symbol.gpl_only = type->starts_with(kGplExport);
    if (type - words.begin() > 3)
        row.symbol.symbol_namespace = words[2];
    else if (type + 1 != words.end())
        row.symbol.symbol_namespace = *(type + 1);
    return row;
}

}  // namespace

Result<std::vector<KernelExport>> parse_symvers(std::string_view text) {
    std::vector<KernelExport> exports;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto words = split_words(take_until(text, '\n'));
        if (words.empty()) continue;
        const auto row = parse_row(words);
        if (!row)
            return fail(ErrorKind::malformed,
                        cat("line ", number, ": not a row of this format: '",
                            printable(words[0], 40), "…'"));
        if (row->module == kKernel) exports.push_back(row->symbol);
    }
    return exports;
}

std::vector<KernelExport> parse_system_map(std::string_view text,
                                           std::optional<char> prefix) {
    std::vector<KernelExport> exports;
    while (!text.empty()) {
        const std::string_view line = take_until(text, '\n');
        // Most lines are not exports and need not be split.
        if (line.find(kKsymtab) == std::string_view::npos) continue;
        const auto words = split_words(line);
        if (words.size() < 3) continue;
        std::string_view name = words[2];
        if (prefix && name.starts_with(*prefix)) name.remove_prefix(1);
        if (name.starts_with(kKsymtab)) exports.push_back({name.substr(kKsymtab.size())});
    }
    return exports;
}

}  // namespace kmodpp
