// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the module files for a name or path given by the user, without opening them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.hpp"
#include "io/module_location.hpp"

namespace kmodpp {

/// The file, if the name looks like a module file and is a regular file; nullopt: treat
/// it as a module name. Fails if the path cannot be examined.
/// \param name relative to the current directory
[[nodiscard]] Result<std::optional<ModuleLocation>> locate_file(const io::Root& host,
                                                                std::string_view name);

/// Whether the name may still be a file after stat has failed with this error.
[[nodiscard]] bool leaves_open(std::string_view name, const Error& failure);

/// All modules that a name refers to. not_found: the name is unknown.
[[nodiscard]] Result<std::vector<ModuleLocation>> locate_name(Catalog& catalog,
                                                              std::string_view name);

/// The module of that name, or the built-in modules with that alias. Ignores the
/// configuration and the aliases of other modules.
[[nodiscard]] Result<std::vector<ModuleLocation>> locate_module(Catalog& catalog,
                                                                std::string_view name);

}  // namespace kmodpp
