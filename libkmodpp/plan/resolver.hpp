// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes plans from requests. Only reads: from the catalog, and which modules are
// loaded.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "catalog/catalog.hpp"
#include "kmodpp/loaded_module.hpp"
#include "kmodpp/name_trace.hpp"
#include "kmodpp/plan.hpp"
#include "kmodpp/request.hpp"

namespace kmodpp {

/// Searches the sources in order and returns all modules from the first source with a
/// result, once for each matching alias. Empty: no source has a result.
[[nodiscard]] Result<std::vector<NamedModule>> find_matches(Catalog& catalog,
                                                            std::string_view name);

/// The same, with each module only once, at its first match.
[[nodiscard]] Result<std::vector<NamedModule>> look_up(Catalog& catalog,
                                                       std::string_view name);

/// Whether a module is built in. Some builtin modules are only known by an alias: they
/// are in modules.builtin.modinfo, but not in modules.builtin.
[[nodiscard]] Result<bool> is_builtin(Catalog& catalog, const NamedModule& module);

/// Like find_matches(), and records the searched sources. A path refers to the module
/// of that file name, even if the file does not exist.
[[nodiscard]] Result<NameTrace> trace_name(Catalog& catalog, std::string_view name);

/// The module in modules.dep or modules.builtin with the most similar name; empty if
/// none is similar. Reads all names.
[[nodiscard]] Result<std::string> nearest_module(Catalog& catalog,
                                                 std::string_view normalised);

/// Whether a module is live or built in; false if it is being loaded or removed.
using LoadedQuery = std::function<bool(std::string_view module)>;

/// Plans the load of all modules that a name refers to. not_found: the name is unknown.
/// A dependency cycle is cut where it closes.
[[nodiscard]] Result<Plan> plan_insert(Catalog& catalog, const LoadedQuery& loaded,
                                       const InsertRequest& request);

/// The same for one module that was already looked up; ignores request.name.
/// \param path the file to load, as seen from outside the root; empty: the file in
/// modules.dep
[[nodiscard]] Result<Goal> plan_module(Catalog& catalog, const LoadedQuery& loaded,
                                       const NamedModule& module, const std::string& path,
                                       const InsertRequest& request);

/// Plans a removal, including dependencies that are then unused. not_found: the name is
/// unknown, or the module is builtin or (with first_time) not loaded; busy: it is in
/// use.
/// \param modules all loaded modules
[[nodiscard]] Result<Plan> plan_remove(Catalog& catalog,
                                       const std::vector<LoadedModule>& modules,
                                       const RemoveRequest& request);

/// Whether an operand is a path: it begins with '/' or "./".
[[nodiscard]] bool is_module_path(std::string_view operand);

}  // namespace kmodpp
