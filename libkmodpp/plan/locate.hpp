// SPDX-License-Identifier: LGPL-2.1-or-later
// From what a person names to module files, which nobody has opened yet.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.hpp"
#include "io/module_location.hpp"

namespace kmodpp {

/// The file, when the name looks like that of a module file and a regular file is there;
/// nullopt: it is to be taken for a name. An error when it cannot be told what is there.
/// \param name relative to the current directory
[[nodiscard]] Result<std::optional<ModuleLocation>> locate_file(const io::Root& host,
                                                                std::string_view name);

/// True when the failure to look at what a person named leaves open whether it is a file.
[[nodiscard]] bool leaves_open(std::string_view name, const Error& failure);

/// Every module that a name stands for. not_found when no source knows it.
[[nodiscard]] Result<std::vector<ModuleLocation>> locate_name(Catalog& catalog,
                                                              std::string_view name);

/// The module of that name, or the builtin ones that have it as an alias; neither
/// configuration nor aliases of other modules count.
[[nodiscard]] Result<std::vector<ModuleLocation>> locate_module(Catalog& catalog,
                                                                std::string_view name);

}  // namespace kmodpp
