// SPDX-License-Identifier: LGPL-2.1-or-later
// Describes the modules that a user names.
#pragma once

#include <vector>

#include "kmodpp/module_info.hpp"
#include "plan/locate.hpp"

namespace kmodpp {

/// Descriptions in order; fails with the error of the first module that cannot be read.
[[nodiscard]] Result<std::vector<ModuleInfo>> describe(
    Catalog& catalog, const std::vector<ModuleLocation>& modules);

}  // namespace kmodpp
