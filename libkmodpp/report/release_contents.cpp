// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/release_contents.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "base/names.hpp"
#include "base/text.hpp"
#include "catalog/scan.hpp"
#include "format/builtin_list.hpp"
#include "format/elf.hpp"
#include "format/export_limits.hpp"
#include "format/modinfo.hpp"
#include "format/symbols.hpp"
#include "io/module_file.hpp"
#include "io/parallel.hpp"
#include "report/kernel_exports.hpp"

namespace kmodpp {

namespace {

/// Several times the largest modules.builtin.modinfo and modules.builtin.
constexpr std::uint64_t kMaxModuleList = 64u << 20;

void take_info(const std::vector<InfoEntry>& info, ModuleContents& contents) {
    for (const InfoEntry& entry : info) {
        if (entry.key == "alias") contents.aliases.emplace_back(entry.value);
        if (entry.key == "firmware") contents.firmware.emplace_back(entry.value);
    }
    for (const ParameterInfo& parameter : collect_parameters(info))
        contents.parameters.emplace_back(parameter.name, parameter.type.value_or(""));
}

Status take_exports(const elf::Image& image, std::uint64_t limit,
                    ModuleContents& contents) {
    TRY_ASSIGN(const auto symbols, read_symbols(image));
    if (symbols.exports.empty()) return {};
    TRY_ASSIGN(const auto gpl_only, read_gpl_only_exports(image));
    TRY_ASSIGN(const auto namespaces, read_export_namespaces(image));
    std::uint64_t size = 0;
    for (const ExportedSymbol& symbol : symbols.exports) {
        ExportedState state{.owner = contents.name, .crc = symbol.crc};
        state.gpl_only = std::ranges::binary_search(gpl_only, symbol.name);
        const auto found = std::ranges::lower_bound(namespaces, symbol.name, {},
                                                    &ExportNamespace::symbol);
        if (found != namespaces.end() && found->symbol == symbol.name)
            state.symbol_namespace = found->name;
        // Names that overlap in a crafted file could need more memory than the file.
        size += symbol.name.size() + state.symbol_namespace.size();
        if (size > limit)
            return fail(ErrorKind::malformed, "the names of its exports overlap");
        contents.exports.emplace_back(symbol.name, std::move(state));
    }
    return {};
}

Status read_module(const io::Root& root, const FoundModule& module,
                   ModuleContents& contents) {
    TRY_ASSIGN(auto file, io::ModuleFile::open_scanned(root, module.opened));
    const auto read = [&]() -> Status {
        TRY_ASSIGN(const auto image, elf::Image::parse(file));
        TRY_ASSIGN(const auto info, read_modinfo(image));
        take_info(info, contents);
        return take_exports(image, file.size(), contents);
    }();
    if (!read) return std::unexpected(within(read.error(), root.display(module.path)));
    return {};
}

/// The text of a file that may be missing.
Result<std::string> read_optional(const io::Root& root, const std::string& path) {
    auto text = root.read_file(path, kMaxModuleList);
    if (!text && text.error().kind == ErrorKind::not_found) return std::string();
    return text;
}

using Modules = std::map<std::string, ModuleContents>;

/// Adds the built-in modules that do not also have a file.
Status add_builtin(const ReleasePlace& place, Modules& modules, MessageSink& messages) {
    TRY_ASSIGN(const auto list,
               read_optional(place.root, cat(place.directory, "/modules.builtin")));
    const std::string info_path = cat(place.directory, "/modules.builtin.modinfo");
    TRY_ASSIGN(const auto info, read_optional(place.root, info_path));

    std::map<std::string, std::vector<InfoEntry>> builtin;
    for (std::string& name : parse_builtin_list(list).names)
        builtin.try_emplace(std::move(name));
    const BuiltinModinfoFile file = parse_builtin_modinfo(info);
    for (const std::string& remark : file.remarks)
        messages.message(Priority::warning,
                         cat(place.root.display(info_path), ": ", remark, "; skipped"));
    for (const BuiltinInfoEntry& entry : file.entries)
        builtin[normalise_module_name(entry.module)].push_back(entry.info);

    for (const auto& [name, entries] : builtin) {
        const auto [at, is_new] = modules.try_emplace(name, ModuleContents{name});
        if (is_new) take_info(entries, at->second);
    }
    return {};
}

}  // namespace

Result<ReleaseContents> read_release(
    const ReleasePlace& place, const DepmodConfig& config, MessageSink& messages,
    const std::function<void(std::size_t, std::size_t)>& progress) {
    ReleaseContents out;
    out.summary.release = place.release;
    out.summary.directory = place.root.display(place.directory);
    TRY_ASSIGN(KernelExports exports,
               read_kernel_exports(place.root, place.directory, place.release));
    out.summary.symvers = std::move(exports.file);
    out.kernel_exports = std::move(exports.symbols);
    TRY_ASSIGN(const ScanResult found, scan({.root = place.root,
                                             .directory = place.directory,
                                             .release = place.release,
                                             .config = config,
                                             .strict = true,
                                             .path_order = true},
                                            messages));
    const std::size_t count = found.modules.size();
    std::vector<ModuleContents> read(count);
    std::vector<std::optional<Error>> failures(count);
    const auto read_one = [&](std::size_t i) {
        const FoundModule& module = found.modules[i];
        read[i].name = module.name;
        read[i].path = without_compression_suffix(module.database);
        if (const auto done = read_module(place.root, module, read[i]); !done)
            failures[i] = done.error();
    };
    io::for_each_in_parallel(io::useful_threads(count), count, read_one,
                             [&](std::size_t done) {
                                 if (progress) progress(done, count);
                             });
    for (const auto& failure : failures)
        if (failure) {
            messages.message(Priority::error, failure->message);
            ++out.summary.unreadable;
        }

    Modules modules;
    for (ModuleContents& module : read) {
        std::string name = module.name;
        modules.try_emplace(std::move(name), std::move(module));
    }
    out.summary.modules = modules.size();
    TRY(add_builtin(place, modules, messages));
    out.summary.builtin = modules.size() - out.summary.modules;
    for (auto& [name, module] : modules) out.modules.push_back(std::move(module));
    return out;
}

}  // namespace kmodpp
