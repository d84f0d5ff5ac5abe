// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/installed_modules.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/sort.hpp"
#include "base/text.hpp"
#include "diagnose/load_case.hpp"

namespace kmodpp {

namespace {

struct PlaceRow {
    std::string_view name;
    std::string_view directory;  ///< in the module directory; empty: none of its own
};
/// In the order of the enumerators of ModulePlace.
constexpr std::array<PlaceRow, 6> kModulePlaces = {{
    {"kernel", "kernel"},
    {"updates", "updates"},
    {"extra", "extra"},
    {"weak_updates", "weak-updates"},
    {"other", ""},
    {"builtin", ""},
}};
static_assert(kModulePlaces.size() == std::to_underlying(ModulePlace::builtin) + 1);

/// \param path of a module file, within the root
ModulePlace place_of(std::string_view path, std::string_view module_directory) {
    if (!path.starts_with(module_directory)) return ModulePlace::other;
    path.remove_prefix(module_directory.size());
    if (!path.starts_with('/')) return ModulePlace::other;
    path.remove_prefix(1);
    if (!path.contains('/')) return ModulePlace::other;
    const std::string_view first = take_until(path, '/');
    for (std::size_t place = 0; place < kModulePlaces.size(); ++place)
        if (kModulePlaces[place].directory == first)
            return static_cast<ModulePlace>(place);
    return ModulePlace::other;
}

/// The keys of a database, in ascending order.
Result<std::vector<std::string>> keys_of(Catalog& catalog, Database database) {
    std::vector<std::string> keys;
    TRY(catalog.for_each(database, [&keys](std::string_view key, const IndexValue&) {
        if (keys.empty() || keys.back() != key) keys.emplace_back(key);
    }));
    return keys;
}

}  // namespace

std::string_view to_string(ModulePlace place) {
    return kModulePlaces[std::to_underlying(place)].name;
}

Result<std::vector<InstalledModule>> list_installed_modules(Catalog& catalog) {
    TRY(require_databases(catalog));
    TRY_ASSIGN(const auto files, keys_of(catalog, Database::dep));
    TRY_ASSIGN(const auto builtin, keys_of(catalog, Database::builtin));
    std::vector<InstalledModule> modules;
    modules.reserve(files.size() + builtin.size());
    for (const std::string& name : files) {
        TRY_ASSIGN(const auto entry, catalog.find_module(name));
        if (!entry) continue;
        InstalledModule& module = modules.emplace_back(
            InstalledModule{.name = name,
                            .place = place_of(entry->path, catalog.directory()),
                            .path = catalog.root().display(entry->path)});
        if (const auto status = catalog.root().stat(entry->path))
            module.size = static_cast<std::uint64_t>(status->st_size);
    }
    for (const std::string& name : builtin)
        modules.push_back({.name = name, .place = ModulePlace::builtin});
    // A name is looked up among the files first.
    sort_by(modules, &InstalledModule::name);
    const auto repeated = std::ranges::unique(modules, {}, &InstalledModule::name);
    modules.erase(repeated.begin(), repeated.end());
    return modules;
}

}  // namespace kmodpp
