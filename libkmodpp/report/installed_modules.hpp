// SPDX-License-Identifier: LGPL-2.1-or-later
// Lists the modules of a release.
#pragma once

#include <vector>

#include "base/error.hpp"
#include "catalog/catalog.hpp"
#include "kmodpp/installed_module.hpp"

namespace kmodpp {

/// Sorted by name. not_found: the release has no databases.
[[nodiscard]] Result<std::vector<InstalledModule>> list_installed_modules(
    Catalog& catalog);

}  // namespace kmodpp
