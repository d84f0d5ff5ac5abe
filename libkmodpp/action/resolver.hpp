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
#include "kmodpp/plan.hpp"

namespace kmodpp {

/// A module that a name stands for.
struct NamedModule {
    std::string name;
    std::string alias;  ///< the name asked for, when it was an alias or symbol
    NameSource source = NameSource::module_name;
};

/// Asks the sources in their order; the first that knows the name answers with all it
/// knows. None does: an empty list. A module can be named more than once, as often as its
/// aliases match.
[[nodiscard]] Result<std::vector<NamedModule>> look_up(Catalog& catalog,
                                                       std::string_view name);

/// Whether a module is live or builtin now; what is coming or going is not.
using LoadedQuery = std::function<bool(std::string_view module)>;

struct InsertRequest {
    std::string name;        ///< module, alias, "symbol:…", or a path ("/…", "./…")
    std::string parameters;  ///< for the named module, behind those of the configuration
    bool ignore_loaded = false;    ///< plan as if nothing were loaded
    bool ignore_commands = false;  ///< no install command for the named module
    bool use_blacklist = false;  ///< for the module's own name too, not only for aliases
    bool first_time = false;     ///< loaded already: conflict (EEXIST)
};

/// not_found: no source knows the name. Dependencies that form a loop end it where it
/// closes.
[[nodiscard]] Result<Plan> plan_insert(Catalog& catalog, const LoadedQuery& loaded,
                                       const InsertRequest& request);

struct RemoveRequest {
    std::string name;  ///< module, alias or path
    bool ignore_commands = false;
    bool remove_holders = false;  ///< whoever uses the module goes first, recursively
    bool first_time = false;      ///< not loaded: not_found
    bool wait = false;  ///< plan the removal of a module in use: it may be released
};

/// \param modules all modules of the kernel; the plan follows how each removal frees
/// others not_found: no source knows the name, or the module is builtin or (first_time)
/// not loaded; busy: it is in use.
[[nodiscard]] Result<Plan> plan_remove(Catalog& catalog,
                                       const std::vector<LoadedModule>& modules,
                                       const RemoveRequest& request);

/// The operands "a=1", "b=x y" as one parameter string; a value with a blank that is not
/// quoted is quoted.
[[nodiscard]] std::string join_parameters(const std::vector<std::string>& words);

/// True for an operand that names a file: it begins with '/' or "./".
[[nodiscard]] bool is_module_path(std::string_view operand);

}  // namespace kmodpp
