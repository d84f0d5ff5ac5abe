// SPDX-License-Identifier: LGPL-2.1-or-later
// Which modules a name stands for: the sources, in their order.
#include <algorithm>
#include <array>

#include "action/resolver.hpp"
#include "base/names.hpp"
#include "base/wildcard.hpp"

namespace kmodpp {

namespace {

/// A name in the spelling of the databases.
struct Query {
    std::string_view given;
    std::string normalised;
};
using Found = Result<std::vector<std::string>>;

Found config_aliases(Catalog& catalog, const Query& query) {
    std::vector<std::string> modules;
    for (const AliasRule& rule : catalog.config().aliases)
        if (wildcard_match(rule.pattern, query.normalised))
            modules.push_back(rule.module);
    return modules;
}

Found module_name(Catalog& catalog, const Query& query) {
    TRY_ASSIGN(const auto entry, catalog.find_module(query.normalised));
    if (!entry) return std::vector<std::string>{};
    return std::vector{entry->name};
}

Found symbols(Catalog& catalog, const Query& query) {
    // The databases keep symbols as the module spells them.
    if (!query.given.starts_with("symbol:")) return std::vector<std::string>{};
    return catalog.search(Database::symbols, query.given);
}

Found commands(Catalog& catalog, const Query& query) {
    const auto names_it = [&](const CommandRule& rule) {
        return rule.module == query.normalised;
    };
    const ModprobeConfig& config = catalog.config();
    if (std::ranges::none_of(config.install, names_it) &&
        std::ranges::none_of(config.remove, names_it))
        return std::vector<std::string>{};
    return std::vector{query.normalised};
}

Found module_aliases(Catalog& catalog, const Query& query) {
    return catalog.search(Database::alias, query.normalised);
}

Found builtin_name(Catalog& catalog, const Query& query) {
    TRY_ASSIGN(const bool builtin, catalog.is_builtin(query.normalised));
    if (!builtin) return std::vector<std::string>{};
    return std::vector{query.normalised};
}

Found builtin_aliases(Catalog& catalog, const Query& query) {
    return catalog.search(Database::builtin_alias, query.normalised);
}

struct SourceRow {
    NameSource source;
    std::string_view text;
    bool is_alias;  ///< the name asked for is not that of the module
    Found (*ask)(Catalog&, const Query&);
};
constexpr std::array<SourceRow, 7> kSources = {{
    {NameSource::config_alias, "configuration", true, config_aliases},
    {NameSource::module_name, "modules.dep", false, module_name},
    {NameSource::symbol, "modules.symbols", true, symbols},
    {NameSource::command, "configuration", false, commands},
    {NameSource::module_alias, "modules.alias", true, module_aliases},
    {NameSource::builtin_name, "modules.builtin", false, builtin_name},
    {NameSource::builtin_alias, "modules.builtin.alias", true, builtin_aliases},
}};

}  // namespace

std::string_view to_string(NameSource source) {
    const auto* const row = std::ranges::find(kSources, source, &SourceRow::source);
    return row == kSources.end() ? "path" : row->text;
}

Result<std::vector<NamedModule>> look_up(Catalog& catalog, std::string_view name) {
    std::vector<NamedModule> modules;
    // Nothing of that length is in a database.
    if (name.empty() || name.size() > kMaxNameLength) return modules;
    auto normalised = normalise_alias(name);
    if (!normalised) return modules;
    const Query query{name, *std::move(normalised)};
    for (const SourceRow& row : kSources) {
        TRY_ASSIGN(auto found, row.ask(catalog, query));
        for (std::string& module : found)
            modules.push_back(
                {std::move(module), row.is_alias ? query.normalised : "", row.source});
        if (!modules.empty()) break;
    }
    return modules;
}

const SoftdepRule* softdeps_of(const ModprobeConfig& config, const NamedModule& module) {
    const auto names_it = [&](const SoftdepRule& rule) {
        return rule.module == module.name ||
               (!module.alias.empty() && rule.module == module.alias);
    };
    const auto rule = std::ranges::find_if(config.softdeps, names_it);
    return rule == config.softdeps.end() ? nullptr : &*rule;
}

bool is_module_path(std::string_view operand) {
    return operand.starts_with('/') || operand.starts_with("./");
}

}  // namespace kmodpp
