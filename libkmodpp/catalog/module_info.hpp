// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the description of a module: .modinfo, build ID and signature.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "catalog/catalog.hpp"
#include "io/root.hpp"
#include "kmodpp/module_info.hpp"

namespace kmodpp {

/// Reads it from a module file.
/// \param path within the root
[[nodiscard]] Result<ModuleInfo> read_module_info(const io::Root& root,
                                                  std::string_view path);

/// Reads it for a built-in module, from modules.builtin.modinfo.
[[nodiscard]] Result<ModuleInfo> read_builtin_info(Catalog& catalog,
                                                   std::string_view name);

}  // namespace kmodpp
