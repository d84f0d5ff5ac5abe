// SPDX-License-Identifier: LGPL-2.1-or-later
// Symbols: missing ones and who would have them, changed ones, those not for this module.
#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <set>
#include <tuple>

#include "action/load_case.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "format/symbols.hpp"

namespace kmodpp {

namespace {

using Names = std::vector<std::string>;
using NameSet = std::set<std::string, std::less<>>;

/// More are counted, not named.
constexpr std::size_t kMaxChanged = 5;

/// Undefined for the linker, but filled in by the kernel itself.
bool is_ignored(std::string_view name) {
    return name.empty() || name == "_GLOBAL_OFFSET_TABLE_" || name == ".TOC.";
}

/// The symbols that have to be there; 64-bit PowerPC puts a dot before functions.
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

Names providers_of(const LoadCase& load, std::string_view symbol) {
    const auto found =
        load.sources.catalog.search(Database::symbols, cat("symbol:", symbol));
    Names names;
    if (found)
        for (const AliasMatch& match : *found) names.push_back(match.module);
    return names;
}

/// By the kernel's log, else by what it shows of its exports, else by the database.
Names missing_symbols(const LoadCase& load) {
    if (!load.messages.unknown_symbols.empty()) return load.messages.unknown_symbols;
    // Of EINVAL and others the log alone tells that it was about a missing symbol.
    if (load.code() != ENOENT) return {};
    Names missing;
    const NameSet needed = needed_symbols(load);
    const auto visible = load.sources.kernel.exports(needed);
    const bool is_free = is_gpl_compatible(find_info(load.info, "license").value_or(""));
    for (const std::string& symbol : needed) {
        if (visible) {
            const auto found = visible->find(symbol);
            if (found != visible->end() && (is_free || found->second.gpl_only != true))
                continue;
        } else {
            // Of the kernel's own symbols nobody but the kernel knows.
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

const kernel::VisibleExport* find_visible(
    const std::optional<kernel::VisibleExports>& visible, std::string_view symbol) {
    if (!visible) return nullptr;
    const auto found = visible->find(symbol);
    return found == visible->end() ? nullptr : &found->second;
}

std::vector<Fact> symbol_facts(const Names& symbols) {
    std::vector<Fact> facts;
    for (const std::string& symbol : symbols) facts.push_back({"symbol", symbol});
    return facts;
}

std::string load_advice(const LoadCase& load, const std::string& provider) {
    const auto entry = load.entry();
    if (!entry) return cat("load ", provider, " first");
    return cat("'modprobe ", load.failure.step.module,
               "' loads it together with what it needs");
}

void add_missing_provider(LoadCase& load, const std::string& provider,
                          const Names& symbols) {
    const std::string& release = load.sources.catalog.release();
    Finding* finding = nullptr;
    if (load.sources.kernel.state(provider) == InitState::live) {
        finding = &load.add(
            FailureCause::unknown_symbol,
            cat("module ", provider, " is loaded, but does not have ", some_of(symbols)),
            cat("the ", provider, " that is loaded is not the one of ", release,
                ", or modules.symbols is not up to date: 'depmod ", release, "'"));
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
                "; it has ", some_of(symbols)),
            is_listed ? load_advice(load, provider) : load.depmod_advice());
    }
    finding->facts = symbol_facts(symbols);
    finding->facts.insert(finding->facts.begin(), {"provider", provider});
}

void add_gpl_only(LoadCase& load, const std::string& owner, const Names& symbols) {
    const std::string license =
        printable(find_info(load.info, "license").value_or("none stated"));
    auto& finding = load.add(
        FailureCause::gpl_only_symbol,
        cat("its licence '", license, "' does not admit it to ", some_of(symbols), " of ",
            owner.empty() ? "the kernel" : owner,
            symbols.size() == 1 ? ", which is" : ", which are", " for GPL modules only"),
        "the module has to state a licence that is compatible with the GPL, or do "
        "without");
    finding.facts = symbol_facts(symbols);
    finding.facts.insert(finding.facts.begin(), {"license", license});
}

std::string crc_text(std::optional<std::uint32_t> crc) {
    return crc ? hex32(*crc) : "another";
}

/// What the module was built with.
std::map<std::string, std::uint32_t, std::less<>> expected_crcs(const LoadCase& load) {
    std::map<std::string, std::uint32_t, std::less<>> crcs;
    if (!load.image) return crcs;
    if (const auto versions = read_modversions(*load.image))
        for (const ModVersion& version : *versions)
            crcs.try_emplace(std::string(version.name), version.crc);
    return crcs;
}

std::optional<std::uint32_t> crc_in_file(const LoadCase& load, const std::string& module,
                                         std::string_view symbol) {
    const auto entry = load.sources.catalog.find_module(module);
    if (!entry || !*entry) return std::nullopt;
    auto file = io::ModuleFile::open(load.sources.root, (*entry)->path);
    if (!file) return std::nullopt;
    const auto image = elf::Image::parse(*file);
    if (!image) return std::nullopt;
    const auto symbols = read_symbols(*image);
    if (!symbols) return std::nullopt;
    for (const ExportedSymbol& exported : symbols->exports)
        if (exported.name == symbol) return exported.crc;
    return std::nullopt;
}

/// The version by which a module of this kernel asks for the symbol: the one of the same
/// name in the module directory, or one that is loaded.
std::optional<std::uint32_t> crc_of_others(const LoadCase& load,
                                           std::string_view symbol) {
    const auto asked_by = [&](const std::string& path) -> std::optional<std::uint32_t> {
        auto file = io::ModuleFile::open(load.sources.root, path);
        if (!file) return std::nullopt;
        const auto image = elf::Image::parse(*file);
        if (!image) return std::nullopt;
        if (const auto versions = read_modversions(*image))
            for (const ModVersion& version : *versions)
                if (version.name == symbol) return version.crc;
        return std::nullopt;
    };
    for (const AcceptedModule& module : find_accepted_modules(load))
        if (const auto crc = asked_by(module.path)) return crc;
    const auto release = load.sources.kernel.release();
    const auto entry = load.entry();
    const bool is_other_file =
        entry && load.sources.root.display(entry->path) != load.failure.step.path;
    if (is_other_file && release && *release == load.sources.catalog.release())
        return asked_by(entry->path);
    return std::nullopt;
}

struct Provider {
    std::string owner;  ///< empty: the kernel, or nobody knows
    std::optional<std::uint32_t> crc;
};

Provider find_provider(const LoadCase& load, const std::string& symbol,
                       const std::optional<kernel::VisibleExports>& visible) {
    Provider provider;
    if (const kernel::VisibleExport* const known = find_visible(visible, symbol))
        provider = {known->owner, known->crc};
    if (provider.owner.empty() && !provider.crc)
        if (const Names names = providers_of(load, symbol); !names.empty())
            provider.owner = names.front();
    if (!provider.crc && !provider.owner.empty())
        provider.crc = crc_in_file(load, provider.owner, symbol);
    if (!provider.crc && provider.owner.empty())
        provider.crc = crc_of_others(load, symbol);
    return provider;
}

void add_changed(LoadCase& load, const std::string& symbol, const Provider& provider,
                 std::optional<std::uint32_t> expected, std::size_t more) {
    const std::string owner = provider.owner.empty() ? "the kernel" : provider.owner;
    std::string text =
        cat("built with version ", expected ? hex32(*expected) : "?", " of ",
            printable(symbol, 128), ", ", owner, " has ", crc_text(provider.crc));
    if (more > 0) text += cat("; ", more, " more symbols differ");
    auto& finding =
        load.add(FailureCause::wrong_symbol_version, text,
                 cat("build it against the headers of ", load.sources.catalog.release(),
                     provider.owner.empty() ? "" : cat(" and of this ", provider.owner)));
    finding.facts = {{"symbol", symbol}, {"provider", owner}};
    if (expected) finding.facts.push_back({"module_crc", hex32(*expected)});
    if (provider.crc) finding.facts.push_back({"provider_crc", hex32(*provider.crc)});
}

}  // namespace

bool is_gpl_compatible(std::string_view license) {
    constexpr std::array<std::string_view, 6> kCompatible = {
        "GPL",          "GPL v2",       "GPL and additional rights",
        "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"};
    return std::ranges::find(kCompatible, license) != kCompatible.end();
}

void examine_missing_symbols(LoadCase& load) {
    if (load.found_something()) return;
    const Names missing = missing_symbols(load);
    const auto visible =
        load.sources.kernel.exports(NameSet(missing.begin(), missing.end()));
    const bool is_free = is_gpl_compatible(find_info(load.info, "license").value_or(""));
    std::map<std::string, Names> by_provider, gpl_only;
    Names unknown, strange;
    for (const std::string& symbol : missing) {
        if (const kernel::VisibleExport* const known = find_visible(visible, symbol)) {
            if (!is_free && known->gpl_only.value_or(true))
                gpl_only[known->owner].push_back(symbol);
            else
                strange.push_back(symbol);
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
        load.add(FailureCause::unknown_symbol,
                 cat("needs ", some_of(unknown),
                     ", which neither the kernel nor a module ", "of ", release, " has"),
                 has_database
                     ? cat("it was built for another kernel, or the module that has ",
                           unknown.size() == 1 ? "it" : "them", " is not installed")
                     : cat("there is no modules.symbols to look them up: 'depmod ",
                           release, "' makes it"))
            .facts = symbol_facts(unknown);
    }
    for (const auto& [provider, symbols] : by_provider)
        add_missing_provider(load, provider, symbols);
    if (!strange.empty())
        load.add(FailureCause::unknown_symbol,
                 cat("the kernel did not give it ", some_of(strange),
                     ", though exported by now"),
                 "try again: the module that has it may have been on its way")
            .facts = symbol_facts(strange);
}

void examine_symbol_versions(LoadCase& load) {
    if (load.found_something() || load.flags.ignore_modversions) return;
    const auto expected = expected_crcs(load);
    Names changed = load.messages.changed_symbols;
    NameSet wanted(changed.begin(), changed.end());
    if (changed.empty())
        for (const auto& [symbol, crc] : expected) wanted.insert(symbol);
    if (wanted.empty()) return;
    const auto visible = load.sources.kernel.exports(wanted);
    if (changed.empty())
        for (const auto& [symbol, crc] : expected) {
            const kernel::VisibleExport* const known = find_visible(visible, symbol);
            if (known != nullptr && known->crc && *known->crc != crc)
                changed.push_back(symbol);
        }
    const std::size_t shown = std::min(changed.size(), kMaxChanged);
    for (std::size_t i = 0; i < shown; ++i) {
        const auto crc = expected.find(changed[i]);
        add_changed(load, changed[i], find_provider(load, changed[i], visible),
                    crc == expected.end() ? std::nullopt : std::optional(crc->second),
                    i + 1 == shown ? changed.size() - shown : 0);
    }
}

void examine_namespaces(LoadCase& load) {
    std::map<std::string, Names> by_namespace;
    for (const auto& [symbol, space] : load.messages.namespaces)
        by_namespace[space].push_back(symbol);
    for (const auto& [space, symbols] : by_namespace) {
        auto& finding =
            load.add(FailureCause::namespace_not_imported,
                     cat("uses ", some_of(symbols), " of the symbol namespace ",
                         printable(space), ", which it does not import"),
                     cat("its source needs MODULE_IMPORT_NS(", printable(space), ")"));
        finding.facts = symbol_facts(symbols);
        finding.facts.insert(finding.facts.begin(), {"namespace", space});
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
             cat("exports ", printable(symbol, 128), ", which ",
                 by_kernel ? "the kernel" : owner, " exports already"),
             by_kernel ? ""
                       : cat("only one of both can be loaded: 'modprobe -r ", owner,
                             "' makes room"))
        .facts = {{"symbol", symbol}, {"owner", by_kernel ? "kernel" : owner}};
}

}  // namespace kmodpp
