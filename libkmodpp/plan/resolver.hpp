// SPDX-License-Identifier: LGPL-2.1-or-later
// From a request to a plan. Pure: reads the catalog and asks what is loaded; does
// nothing.
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

/// Asks the sources in their order; the first that knows the name answers with all it
/// knows. None does: an empty list. A module is listed as often as its aliases match.
[[nodiscard]] Result<std::vector<NamedModule>> find_matches(Catalog& catalog,
                                                            std::string_view name);

/// The same with each module once, at its first match.
[[nodiscard]] Result<std::vector<NamedModule>> look_up(Catalog& catalog,
                                                       std::string_view name);

/// Whether a module is part of the kernel. Some of them are known by an alias only: they
/// are in modules.builtin.modinfo, but not in modules.builtin.
[[nodiscard]] Result<bool> is_builtin(Catalog& catalog, const NamedModule& module);

/// The same, and who was asked on the way. A path names the module of its file, whether
/// or not that is there.
[[nodiscard]] Result<NameTrace> trace_name(Catalog& catalog, std::string_view name);

/// The module of modules.dep or modules.builtin whose name is most like this one; empty
/// when none is like it. Reads all their names.
[[nodiscard]] Result<std::string> nearest_module(Catalog& catalog,
                                                 std::string_view normalised);

/// Whether a module is live or builtin now; what is coming or going is not.
using LoadedQuery = std::function<bool(std::string_view module)>;

/// not_found: no source knows the name. Dependencies that form a loop end it where it
/// closes.
[[nodiscard]] Result<Plan> plan_insert(Catalog& catalog, const LoadedQuery& loaded,
                                       const InsertRequest& request);

/// The same for one module that has been looked up already; request.name is not asked
/// for.
/// \param path the file to load, as seen from outside the root; empty: that of the
/// databases
[[nodiscard]] Result<Goal> plan_module(Catalog& catalog, const LoadedQuery& loaded,
                                       const NamedModule& module, const std::string& path,
                                       const InsertRequest& request);

/// \param modules all modules of the kernel; the plan follows how each removal frees
/// others not_found: no source knows the name, or the module is builtin or (first_time)
/// not loaded; busy: it is in use.
[[nodiscard]] Result<Plan> plan_remove(Catalog& catalog,
                                       const std::vector<LoadedModule>& modules,
                                       const RemoveRequest& request);

/// True for an operand that names a file: it begins with '/' or "./".
[[nodiscard]] bool is_module_path(std::string_view operand);

}  // namespace kmodpp
