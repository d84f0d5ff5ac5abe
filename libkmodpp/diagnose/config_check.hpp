// SPDX-License-Identifier: LGPL-2.1-or-later
// Compares the configuration with the modules that exist.
#pragma once

#include "base/error.hpp"
#include "catalog/catalog.hpp"
#include "kmodpp/configuration.hpp"

namespace kmodpp {

/// Checks the rules of modprobe.d and of the kernel command line, not those of the
/// modules themselves. Reads the modules that options lines name. not_found: modules.dep
/// is missing.
[[nodiscard]] Result<ConfigReport> check_config(Catalog& catalog);

}  // namespace kmodpp
