// SPDX-License-Identifier: LGPL-2.1-or-later
// From names to the graph of the modules that their load involves.
#pragma once

#include <span>
#include <string>

#include "plan/resolver.hpp"
#include "kmodpp/module_graph.hpp"

namespace kmodpp {

/// \param names as plan_insert takes them; not_found: no source knows one of them
[[nodiscard]] Result<ModuleGraph> draw_graph(Catalog& catalog, const LoadedQuery& loaded,
                                             std::span<const std::string> names);

}  // namespace kmodpp
