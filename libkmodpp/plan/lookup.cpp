// SPDX-License-Identifier: LGPL-2.1-or-later
// Looks up names in the sources, in their order.
#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>

#include "base/names.hpp"
#include "base/nearest_word.hpp"
#include "base/wildcard.hpp"
#include "plan/resolver.hpp"

namespace kmodpp {

namespace {

/// What a source returns for a normalised name.
using Found = Result<std::vector<NamedModule>>;

Found config_aliases(Catalog& catalog, const std::string& name) {
    std::vector<NamedModule> modules;
    for (const AliasRule& rule : catalog.config().aliases)
        if (wildcard_match(rule.pattern, name))
            modules.push_back(
                {.name = rule.module, .pattern = rule.pattern, .origin = rule.origin});
    return modules;
}

Found module_name(Catalog& catalog, const std::string& name) {
    TRY_ASSIGN(const auto entry, catalog.find_module(name));
    if (!entry) return std::vector<NamedModule>{};
    return std::vector{NamedModule{.name = entry->name}};
}

Found symbols(Catalog& catalog, const std::string& name) {
    // Since Linux 6.13, the database also has keys with a dash. They are namespaces, not
    // symbols, and no name leads to them, as in kmod.
    return catalog.search(Database::symbols, name);
}

Found commands(Catalog& catalog, const std::string& name) {
    const ModprobeConfig& config = catalog.config();
    for (const auto* rules : {&config.install, &config.remove}) {
        const auto rule = std::ranges::find(*rules, name, &CommandRule::module);
        if (rule != rules->end())
            return std::vector{NamedModule{.name = name, .origin = rule->origin}};
    }
    return std::vector<NamedModule>{};
}

Found module_aliases(Catalog& catalog, const std::string& name) {
    return catalog.search(Database::alias, name);
}

Found builtin_name(Catalog& catalog, const std::string& name) {
    TRY_ASSIGN(const bool builtin, catalog.is_builtin(name));
    if (!builtin) return std::vector<NamedModule>{};
    return std::vector{NamedModule{.name = name}};
}

Found builtin_aliases(Catalog& catalog, const std::string& name) {
    return catalog.search(Database::builtin_alias, name);
}

struct SourceRow {
    NameSource source;
    std::optional<Database> database;
    bool is_alias;  ///< the name is not the name of the module
    Found (*ask)(Catalog&, const std::string&);
};
constexpr std::array<SourceRow, 7> kSources = {{
    {NameSource::config_alias, {}, true, config_aliases},
    {NameSource::module_name, Database::dep, false, module_name},
    {NameSource::symbol, Database::symbols, true, symbols},
    {NameSource::command, {}, false, commands},
    {NameSource::module_alias, Database::alias, true, module_aliases},
    {NameSource::builtin_name, Database::builtin, false, builtin_name},
    {NameSource::builtin_alias, Database::builtin_alias, true, builtin_aliases},
}};

bool is_asked(const SourceRow& row, const std::string& name) {
    return row.source != NameSource::symbol || name.starts_with("symbol:");
}

/// nullopt: no database can contain such a name.
std::optional<std::string> normalised_name(std::string_view name) {
    if (name.empty() || name.size() > kMaxNameLength) return std::nullopt;
    return normalise_alias(name);
}

Found ask(Catalog& catalog, const SourceRow& row, const std::string& name) {
    TRY_ASSIGN(auto modules, row.ask(catalog, name));
    for (NamedModule& module : modules) {
        module.source = row.source;
        if (row.is_alias) module.alias = name;
    }
    return modules;
}

}  // namespace

Result<std::vector<NamedModule>> find_matches(Catalog& catalog, std::string_view name) {
    const auto normalised = normalised_name(name);
    if (!normalised) return std::vector<NamedModule>{};
    for (const SourceRow& row : kSources) {
        if (!is_asked(row, *normalised)) continue;
        TRY_ASSIGN(auto found, ask(catalog, row, *normalised));
        if (!found.empty()) return found;
    }
    return std::vector<NamedModule>{};
}

Result<std::vector<NamedModule>> look_up(Catalog& catalog, std::string_view name) {
    TRY_ASSIGN(auto modules, find_matches(catalog, name));
    std::unordered_set<std::string> seen;
    std::erase_if(modules, [&seen](const NamedModule& module) {
        return !seen.insert(module.name).second;
    });
    return modules;
}

Result<bool> is_builtin(Catalog& catalog, const NamedModule& module) {
    if (module.source == NameSource::builtin_alias) return true;
    return catalog.is_builtin(module.name);
}

Result<NameTrace> trace_name(Catalog& catalog, std::string_view name) {
    NameTrace trace;
    trace.name = name;
    if (is_module_path(name)) {
        trace.modules.push_back(
            {.name = module_name_of_path(name), .source = NameSource::path});
        return trace;
    }
    const auto normalised = normalised_name(name);
    if (!normalised) return trace;
    trace.normalised = *normalised;
    for (const SourceRow& row : kSources) {
        if (!is_asked(row, *normalised)) continue;
        TRY_ASSIGN(trace.modules, ask(catalog, row, *normalised));
        AskedSource& asked = trace.asked.emplace_back();
        asked.source = row.source;
        asked.answers = trace.modules.size();
        if (row.database) {
            asked.file = catalog.display_directory() + "/";
            asked.file += file_name(*row.database);
            TRY_ASSIGN(asked.there, catalog.has(*row.database));
        }
        if (!trace.modules.empty()) return trace;
    }
    TRY_ASSIGN(trace.nearest, nearest_module(catalog, trace.normalised));
    return trace;
}

Result<std::string> nearest_module(Catalog& catalog, std::string_view normalised) {
    NearestWord nearest(normalised);
    const auto offer = [&](std::string_view name, const IndexValue&) {
        nearest.offer(name);
    };
    for (const Database database : {Database::dep, Database::builtin})
        TRY(catalog.for_each(database, offer));
    return nearest.result();
}

bool is_module_path(std::string_view operand) {
    return operand.starts_with('/') || operand.starts_with("./");
}

}  // namespace kmodpp
