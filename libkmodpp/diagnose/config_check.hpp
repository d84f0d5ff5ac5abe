// SPDX-License-Identifier: LGPL-2.1-or-later
// Compares the configuration with the modules that exist.
#pragma once

#include "base/error.hpp"
#include "catalog/catalog.hpp"
#include "kmodpp/configuration.hpp"

namespace kmodpp {

/// Checks the rules in modprobe.d and on the kernel command line, but not the soft and
/// weak dependencies that modules declare themselves. Reads the module files that
/// options lines refer to. not_found: modules.dep is missing.
[[nodiscard]] Result<ConfigReport> check_config(Catalog& catalog);

}  // namespace kmodpp
