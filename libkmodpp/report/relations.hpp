// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the users of modules, and the relations among loaded modules.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "catalog/catalog.hpp"
#include "kmodpp/loaded_module.hpp"
#include "kmodpp/module_graph.hpp"
#include "kmodpp/relations.hpp"
#include "plan/resolver.hpp"

namespace kmodpp {

/// The named modules, everything that depends on them directly or indirectly, and the
/// edges among these modules. not_found: one of the names is unknown.
/// \param names as for plan_insert()
[[nodiscard]] Result<ModuleGraph> find_users(Catalog& catalog, const LoadedQuery& loaded,
                                             std::span<const std::string> names);

/// The same for either direction among loaded modules. not_found: one of the names does
/// not lead to a loaded module.
/// \param modules all loaded modules
[[nodiscard]] Result<ModuleGraph> find_loaded_relations(
    Catalog& catalog, const std::vector<LoadedModule>& modules,
    const RelationsRequest& request);

}  // namespace kmodpp
