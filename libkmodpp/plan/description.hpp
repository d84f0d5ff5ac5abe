// SPDX-License-Identifier: LGPL-2.1-or-later
// What the modules say of themselves that a person names.
#pragma once

#include <vector>

#include "plan/locate.hpp"
#include "kmodpp/module_info.hpp"

namespace kmodpp {

/// Of each, in order; the first that cannot be read is the error.
[[nodiscard]] Result<std::vector<ModuleInfo>> describe(
    Catalog& catalog, const std::vector<ModuleLocation>& modules);

}  // namespace kmodpp
