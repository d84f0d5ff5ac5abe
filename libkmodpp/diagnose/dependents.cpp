// SPDX-License-Identifier: LGPL-2.1-or-later
#include "diagnose/dependents.hpp"

#include <algorithm>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "plan/resolver.hpp"

namespace kmodpp {

Result<NameClass> classify_name(Catalog& catalog, const std::string& name) {
    TRY_ASSIGN(const auto entry, catalog.find_module(name));
    if (entry) return NameClass::module;
    TRY_ASSIGN(const bool builtin, catalog.is_builtin(name));
    if (builtin) return NameClass::builtin;
    TRY_ASSIGN(const auto found, look_up(catalog, name));
    const bool alias = std::ranges::any_of(found, [](const NamedModule& module) {
        return module.source != NameSource::command;
    });
    return alias ? NameClass::alias : NameClass::unknown;
}

Result<Dependents> dependents_of(Catalog& catalog,
                                 const std::set<std::string_view>& modules) {
    Dependents dependents;
    TRY(catalog.for_each(Database::dep, [&](std::string_view module,
                                            const IndexValue& line) {
        std::string_view rest = line.value;
        static_cast<void>(take_until(rest, ':'));
        for (const std::string_view path : split_words(rest))
            if (std::string needed = module_name_of_path(path); modules.contains(needed))
                dependents[std::move(needed)].emplace_back(module);
    }));
    return dependents;
}

}  // namespace kmodpp
