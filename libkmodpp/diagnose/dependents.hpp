// SPDX-License-Identifier: LGPL-2.1-or-later
// What a name in the configuration refers to, and which modules need a module.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.hpp"

namespace kmodpp {

/// What a name refers to in this kernel.
enum class NameClass { module, builtin, alias, unknown };

/// \param name normalised
[[nodiscard]] Result<NameClass> classify_name(Catalog& catalog, const std::string& name);

/// The names of the modules that need each module, directly or indirectly.
using Dependents = std::map<std::string, std::vector<std::string>, std::less<>>;

/// Reads all of modules.dep. Modules that no other module needs have no entry.
/// \param modules normalised names
[[nodiscard]] Result<Dependents> dependents_of(Catalog& catalog,
                                               const std::set<std::string_view>& modules);

}  // namespace kmodpp
