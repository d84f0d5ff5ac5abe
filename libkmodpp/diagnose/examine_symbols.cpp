// SPDX-License-Identifier: LGPL-2.1-or-later
// Examines symbols that are missing or duplicate, or that the module may not use.
#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <tuple>

#include "base/names.hpp"
#include "base/text.hpp"
#include "diagnose/load_case.hpp"
#include "format/license.hpp"
#include "format/symbol_namespace.hpp"
#include "format/symbols.hpp"

namespace kmodpp {

namespace {

/// Undefined symbols that the kernel's loader defines itself.
bool is_ignored(std::string_view name) {
    return name.empty() || name == "_GLOBAL_OFFSET_TABLE_" || name == ".TOC.";
}

/// The symbols that must exist. 64-bit PowerPC puts a dot before function names, which
/// is removed.
NameSet needed_symbols(const LoadCase& load) {
    NameSet names;
    if (!load.image) return names;
    const auto symbols = read_symbols(*load.image);
    if (!symbols) return names;
    for (const NeededSymbol& symbol : symbols->needs)
        if (!symbol.weak && !is_ignored(symbol.name))
            names.emplace(symbol.name.substr(symbol.name.starts_with('.') ? 1 : 0));
    return names;
}

/// Taken from the kernel's log if possible, else from its visible exports, else from
/// modules.symbols.
Names missing_symbols(const LoadCase& load) {
    if (!load.messages.unknown_symbols.empty()) return load.messages.unknown_symbols;
    // For other errnos, only the log can show that a symbol is missing.
    if (load.code() != ENOENT) return {};
    Names missing;
    const NameSet needed = needed_symbols(load);
    const auto visible = load.sources.kernel.exports(needed);
    const bool is_gpl = is_gpl_compatible(find_info(load.info, "license").value_or(""));
    for (const std::string& symbol : needed) {
        const auto found = visible ? visible->find(symbol) : decltype(visible->end()){};
        const bool is_visible = visible && found != visible->end();
        if (!is_visible && !load.loaded_before.empty() &&
            std::ranges::any_of(providers_of(load, symbol), [&](const auto& provider) {
                return load.loaded_before.contains(provider);
            }))
            continue;
        if (visible) {
            if (is_visible && (is_gpl || found->second.gpl_only != true)) continue;
        } else {
            // modules.symbols does not list the symbols of the kernel itself.
            const Names providers = providers_of(load, symbol);
            if (providers.empty() ||
                std::ranges::any_of(providers, [&](const std::string& provider) {
                    return load.sources.kernel.state(provider) == InitState::live;
                }))
                continue;
        }
        missing.push_back(symbol);
    }
    return missing;
}

/// \param facts facts to list before the symbols
std::vector<Fact> symbol_facts(const Names& symbols, std::vector<Fact> facts = {}) {
    for (const std::string& symbol : symbols) facts.push_back({"symbol", symbol});
    return facts;
}

std::string load_advice(const LoadCase& load, const std::string& provider) {
    const auto entry = load.entry();
    if (!entry) return cat("run 'modprobe ", provider, "' first");
    return cat("run 'modprobe ", load.failure.step.module,
               "' to load it together with its dependencies");
}

void add_missing_provider(LoadCase& load, const std::string& provider,
                          const Names& symbols) {
    const std::string& release = load.sources.catalog.release();
    Finding* finding = nullptr;
    if (load.sources.kernel.state(provider) == InitState::live) {
        finding = &load.add(
            FailureCause::unknown_symbol,
            cat("module ", provider, " is loaded but does not export ", some_of(symbols)),
            cat("the loaded ", provider, " is not the one installed for ", release,
                ", or modules.symbols is outdated: run '",
                depmod_command(load.sources.catalog), "'"));
    } else {
        const auto entry = load.entry();
        const bool is_listed =
            !entry || std::ranges::any_of(entry->dependencies, [&](const auto& path) {
                return module_name_of_path(path) == provider;
            });
        finding = &load.add(
            is_listed ? FailureCause::missing_dependency
                      : FailureCause::outdated_databases,
            cat("module ", provider, " is not loaded",
                is_listed ? "" : ", and modules.dep does not list it as a dependency",
                "; it exports ", some_of(symbols)),
            is_listed ? load_advice(load, provider) : load.depmod_advice());
    }
    finding->facts = symbol_facts(symbols, {{"provider", provider}});
}

void add_gpl_only(LoadCase& load, const std::string& owner, const Names& symbols) {
    const std::string license =
        printable(find_info(load.info, "license").value_or("none stated"));
    auto& finding = load.add(
        FailureCause::gpl_only_symbol,
        cat("its licence '", license, "' does not permit the use of the GPL-only symbol",
            symbols.size() == 1 ? " " : "s ", some_of(symbols), " of ",
            owner.empty() ? "the kernel" : owner),
        symbols.size() == 1 ? "its MODULE_LICENSE must be compatible with the GPL, or it "
                              "must not use the symbol"
                            : "its MODULE_LICENSE must be compatible with the GPL, or it "
                              "must not use the symbols");
    finding.facts = symbol_facts(symbols, {{"license", license}});
}

/// For a GPL-compatible module that uses symbols of a proprietary module: the kernel
/// then refuses GPL-only symbols.
void add_mixed(LoadCase& load, const Names& symbols) {
    const auto& [symbol, owner] = *load.messages.proprietary;
    auto& finding =
        load.add(FailureCause::gpl_only_symbol,
                 cat("it uses ", printable(symbol, 128), " from the proprietary module ",
                     printable(owner, 128),
                     ", so it may not use GPL-only symbols such as ", some_of(symbols)),
                 "a module cannot use both kinds of symbols");
    finding.facts = symbol_facts(symbols, {{"proprietary_module", owner}});
}

void add_exported_now(LoadCase& load, const Names& symbols) {
    if (load.messages.proprietary) return add_mixed(load, symbols);
    load.add(FailureCause::unknown_symbol,
             cat("the kernel did not find ", some_of(symbols), ", which it exports now"),
             "try again: the module that exports it may have been loading")
        .facts = symbol_facts(symbols);
}

}  // namespace

const kernel::VisibleExport* find_visible(
    const std::optional<kernel::VisibleExports>& visible, std::string_view symbol) {
    if (!visible) return nullptr;
    const auto found = visible->find(symbol);
    return found == visible->end() ? nullptr : &found->second;
}

Names providers_of(const LoadCase& load, std::string_view symbol) {
    const auto found =
        load.sources.catalog.search(Database::symbols, cat("symbol:", symbol));
    Names names;
    if (found)
        for (const NamedModule& match : *found) names.push_back(match.name);
    return names;
}

void examine_missing_symbols(LoadCase& load) {
    if (load.found_something()) return;
    const Names missing = missing_symbols(load);
    const auto visible =
        load.sources.kernel.exports(NameSet(missing.begin(), missing.end()));
    const bool is_gpl = is_gpl_compatible(find_info(load.info, "license").value_or(""));
    std::map<std::string, Names> by_provider, gpl_only;
    Names unknown, exported_now;
    for (const std::string& symbol : missing) {
        if (const kernel::VisibleExport* const known = find_visible(visible, symbol)) {
            if (!is_gpl && known->gpl_only.value_or(true))
                gpl_only[known->owner].push_back(symbol);
            else
                exported_now.push_back(symbol);
            continue;
        }
        const Names providers = providers_of(load, symbol);
        if (providers.empty())
            unknown.push_back(symbol);
        else
            by_provider[providers.front()].push_back(symbol);
    }
    for (const auto& [owner, symbols] : gpl_only) add_gpl_only(load, owner, symbols);
    if (!unknown.empty()) {
        const std::string& release = load.sources.catalog.release();
        const bool has_database =
            load.sources.catalog.has(Database::symbols).value_or(false);
        const std::string other = describe_other_release(load);
        std::string advice;
        if (!has_database)
            advice = cat("modules.symbols is missing: run '",
                         depmod_command(load.sources.catalog), "' to create it");
        else if (!other.empty())
            advice = advice_for_other_build(load, hidden_file(load));
        else
            advice = cat("it was built for another kernel, or the module that exports ",
                         unknown.size() == 1 ? "it" : "them", " is not installed");
        load.add(FailureCause::unknown_symbol,
                 cat("it needs ", some_of(unknown),
                     ", which neither the kernel nor a module of ", release, " exports",
                     other.empty() ? "" : "; ", other),
                 std::move(advice))
            .facts = symbol_facts(unknown);
    }
    for (const auto& [provider, symbols] : by_provider)
        add_missing_provider(load, provider, symbols);
    if (!exported_now.empty()) add_exported_now(load, exported_now);
}

void examine_namespaces(LoadCase& load) {
    std::map<std::string, Names> by_namespace;
    for (const auto& [symbol, space] : load.messages.namespaces)
        by_namespace[space].push_back(symbol);
    if (by_namespace.empty() && !load.found_something())
        if (const auto visible = load.sources.kernel.exports(needed_symbols(load)))
            for (const auto& [symbol, known] : *visible)
                if (!may_use_namespace(known.symbol_namespace, load.name, load.info))
                    by_namespace[known.symbol_namespace].push_back(symbol);
    for (const auto& [space, symbols] : by_namespace) {
        auto& finding = load.add(
            FailureCause::namespace_not_imported,
            cat("it uses ", some_of(symbols), " from the symbol namespace ",
                printable(space), ", which it does not import"),
            space.starts_with(kModuleNamespace)
                ? std::string("only the modules that the namespace lists may "
                              "use its symbols")
                : cat("add MODULE_IMPORT_NS(", printable(space), ") to its source"));
        finding.facts = symbol_facts(symbols, {{"namespace", space}});
    }
}

void examine_duplicates(LoadCase& load) {
    if (load.found_something() || !load.image) return;
    std::string symbol, owner;
    if (load.messages.duplicate) {
        std::tie(symbol, owner) = *load.messages.duplicate;
    } else {
        const auto symbols = read_symbols(*load.image);
        if (!symbols) return;
        NameSet names;
        for (const ExportedSymbol& exported : symbols->exports)
            names.emplace(exported.name);
        const auto visible = load.sources.kernel.exports(names);
        if (!visible) return;
        const auto other = std::ranges::find_if(
            *visible, [](const auto& known) { return !known.second.owner.empty(); });
        if (other == visible->end()) return;
        symbol = other->first;
        owner = other->second.owner;
    }
    const bool by_kernel = owner.empty() || owner == "kernel";
    load.add(FailureCause::duplicate_symbol,
             cat("it exports ", printable(symbol, 128), ", which ",
                 by_kernel ? "the kernel" : owner, " already exports"),
             by_kernel ? ""
                       : cat("only one of the two can be loaded: run 'modprobe -r ",
                             owner, "' first"))
        .facts = {{"symbol", symbol}, {"owner", by_kernel ? "kernel" : owner}};
}

}  // namespace kmodpp
