// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/known_parameters.hpp"

#include "base/edit_distance.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "format/elf.hpp"
#include "format/modinfo.hpp"
#include "format/symbol_table.hpp"
#include "io/module_file.hpp"

namespace kmodpp {

namespace {

using Types = std::map<std::string, std::optional<std::string>, std::less<>>;

/// Taken for every module, without being declared.
bool is_always_known(std::string_view name) {
    return name == "async_probe" || name == "dyndbg";
}

void add_described(const std::vector<InfoEntry>& entries, Types& types) {
    for (const ParameterInfo& parameter : collect_parameters(entries))
        types.emplace(
            normalise_module_name(parameter.name),
            parameter.type.transform([](auto type) { return std::string(type); }));
}

/// Every entry of the kernel's table of parameters is a symbol __param_NAME.
Status add_undescribed(const elf::Image& image, Types& types) {
    constexpr std::string_view kPrefix = "__param_";
    TRY_ASSIGN(const elf::SymbolTable table, elf::SymbolTable::open(image));
    elf::RawSymbol symbol;
    for (std::size_t i = 1; i < table.size(); ++i) {
        if (!table.read(i, symbol)) return std::unexpected(table.name_error(i));
        if (symbol.st_shndx >= image.sections().size() ||
            image.sections()[symbol.st_shndx].name != "__param")
            continue;
        const std::string_view name = symbol.name();
        if (name.starts_with(kPrefix))
            types.emplace(normalise_module_name(name.substr(kPrefix.size())),
                          std::nullopt);
    }
    return {};
}

}  // namespace

Result<KnownParameters> KnownParameters::read(Catalog& catalog,
                                              const std::string& module) {
    KnownParameters known;
    TRY_ASSIGN(const auto entry, catalog.find_module(module));
    if (!entry) {
        known.may_have_more_ = true;
        const auto all = catalog.builtin_modinfo();
        if (!all && all.error().kind == ErrorKind::not_found) return known;
        if (!all) return std::unexpected(all.error());
        std::vector<InfoEntry> entries;
        for (const BuiltinInfoEntry& info : **all)
            if (same_module_name(info.module, module)) entries.push_back(info.info);
        add_described(entries, known.types_);
        return known;
    }
    TRY_ASSIGN(auto file, io::ModuleFile::open(catalog.root(), entry->path));
    const auto in_file = [&](Error error) {
        return std::unexpected(within(std::move(error), file.path()));
    };
    auto image = elf::Image::parse(file);
    if (!image) return in_file(std::move(image).error());
    known.long_size_ = image->word_size();
    auto entries = read_modinfo(*image);
    if (!entries) return in_file(std::move(entries).error());
    add_described(*entries, known.types_);
    auto added = add_undescribed(*image, known.types_);
    if (!added) return in_file(std::move(added).error());
    return known;
}

bool KnownParameters::has(std::string_view name) const {
    return is_always_known(name) || types_.contains(normalise_module_name(name));
}

std::string KnownParameters::nearest(std::string_view name) const {
    const std::string wanted = normalise_module_name(name);
    std::string nearest;
    std::size_t limit = likely_typos(wanted.size());
    for (const auto& [known, type] : types_) {
        const std::size_t distance = edit_distance(known, wanted, limit);
        // Among equals the first.
        if (distance > limit || (!nearest.empty() && distance == limit)) continue;
        nearest = known;
        limit = distance;
    }
    return nearest;
}

Status KnownParameters::check(const Parameter& parameter) const {
    const auto found = types_.find(normalise_module_name(parameter.name));
    if (found == types_.end() || !found->second) return {};
    return check_parameter(*found->second, parameter, long_size_);
}

}  // namespace kmodpp
