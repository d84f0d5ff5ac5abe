// SPDX-License-Identifier: LGPL-2.1-or-later
// Builds the dependency graph of the modules that loading the given names involves.
#pragma once

#include <span>
#include <string>

#include "kmodpp/module_graph.hpp"
#include "plan/resolver.hpp"

namespace kmodpp {

/// not_found: one of the names is unknown.
/// \param names as for plan_insert()
[[nodiscard]] Result<ModuleGraph> draw_graph(Catalog& catalog, const LoadedQuery& loaded,
                                             std::span<const std::string> names);

/// The same, and all other modules of modules.dep with their dependencies. The named
/// modules come first.
[[nodiscard]] Result<ModuleGraph> draw_whole_graph(Catalog& catalog,
                                                   const LoadedQuery& loaded,
                                                   std::span<const std::string> names);

}  // namespace kmodpp
