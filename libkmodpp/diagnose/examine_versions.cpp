// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds symbols whose version differs from the one that the module was built with.
#include <algorithm>
#include <map>

#include "diagnose/load_case.hpp"
#include "base/text.hpp"
#include "format/symbols.hpp"

namespace kmodpp {

namespace {

/// Symbols beyond this number are only counted.
constexpr std::size_t kMaxChanged = 5;

std::string crc_text(std::optional<std::uint32_t> crc) {
    return crc ? hex32(*crc) : "another version";
}

/// The symbol versions that the module was built with.
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

/// The version that another module for this kernel expects: a loaded module, or the
/// module of the same name in the module directory.
std::optional<std::uint32_t> crc_of_others(const LoadCase& load,
                                           std::string_view symbol) {
    const auto expected_by =
        [&](const std::string& path) -> std::optional<std::uint32_t> {
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
        if (const auto crc = expected_by(module.path)) return crc;
    const auto release = load.sources.kernel.release();
    const auto entry = load.entry();
    const bool is_other_file =
        entry && load.sources.root.display(entry->path) != load.failure.step.path;
    if (is_other_file && release && *release == load.sources.catalog.release())
        return expected_by(entry->path);
    return std::nullopt;
}

struct Provider {
    std::string owner;  ///< empty: the kernel, or unknown
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
                 std::optional<std::uint32_t> expected, std::size_t more,
                 bool more_about_build) {
    const std::string owner = provider.owner.empty() ? "the kernel" : provider.owner;
    std::string text =
        cat("it was built with version ", expected ? hex32(*expected) : "?", " of ",
            printable(symbol, 128), ", but ", owner, " has ", crc_text(provider.crc));
    if (more > 0) text += cat("; ", more, " more symbols differ");
    const std::string other = more_about_build ? describe_other_release(load) : "";
    if (!other.empty()) text += cat("; ", other);
    std::string advice =
        provider.owner.empty()
            ? advice_for_other_build(load, other.empty() ? "" : hidden_file(load))
            : cat("build it against the headers of ", load.sources.catalog.release(),
                  load.sources.are_of_other_releases
                      ? " and the Module.symvers of "
                      : " and the Module.symvers of the loaded ",
                  provider.owner);
    auto& finding = load.add(FailureCause::wrong_symbol_version, text, std::move(advice));
    finding.facts = {{"symbol", symbol}, {"provider", owner}};
    if (expected) finding.facts.push_back({"module_crc", hex32(*expected)});
    if (provider.crc) finding.facts.push_back({"provider_crc", hex32(*provider.crc)});
}

}  // namespace

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
                    i + 1 == shown ? changed.size() - shown : 0, i == 0);
    }
}

}  // namespace kmodpp
