// SPDX-License-Identifier: LGPL-2.1-or-later
// Builds the graph of the modules that loading some names involves.
#pragma once

#include <span>
#include <string>

#include "kmodpp/module_graph.hpp"
#include "plan/resolver.hpp"

namespace kmodpp {

/// \param names as for plan_insert. not_found: no source knows one of them
[[nodiscard]] Result<ModuleGraph> draw_graph(Catalog& catalog, const LoadedQuery& loaded,
                                             std::span<const std::string> names);

}  // namespace kmodpp
