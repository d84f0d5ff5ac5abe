// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads what a module says of itself.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "catalog/catalog.hpp"
#include "io/root.hpp"
#include "kmodpp/module_info.hpp"

namespace kmodpp {

/// Of a module file.
/// \param path within the root
[[nodiscard]] Result<ModuleInfo> read_module_info(const io::Root& root,
                                                  std::string_view path);

/// Of a module that is part of the kernel, from modules.builtin.modinfo.
[[nodiscard]] Result<ModuleInfo> read_builtin_info(Catalog& catalog,
                                                   std::string_view name);

}  // namespace kmodpp
