// SPDX-License-Identifier: LGPL-2.1-or-later
// From what a person names to what modules say of themselves.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "catalog/catalog.hpp"
#include "io/root.hpp"
#include "kmodpp/module_info.hpp"

namespace kmodpp {

/// Of the file, when the name looks like that of a module file and a regular file is
/// there; nullopt: it is to be taken for a name.
/// \param name relative to the current directory
[[nodiscard]] Result<std::optional<ModuleInfo>> describe_file(const io::Root& host,
                                                              std::string_view name);

/// Of every module that a name stands for. not_found when no source knows it.
[[nodiscard]] Result<std::vector<ModuleInfo>> describe_name(Catalog& catalog,
                                                            std::string_view name);

/// Of the module of that name, or of the builtin ones that have it as an alias; neither
/// configuration nor aliases of other modules count.
[[nodiscard]] Result<std::vector<ModuleInfo>> describe_module(Catalog& catalog,
                                                              std::string_view name);

}  // namespace kmodpp
