// SPDX-License-Identifier: LGPL-2.1-or-later
// Holds the rules of the configuration against the modules that there are.
#pragma once

#include "base/error.hpp"
#include "catalog/catalog.hpp"
#include "kmodpp/configuration.hpp"

namespace kmodpp {

/// Looks at the rules of modprobe.d and of the kernel command line, not at those that
/// modules bring themselves. Reads the modules that options name. not_found: without
/// modules.dep no name can be judged.
[[nodiscard]] Result<ConfigReport> check_config(Catalog& catalog);

}  // namespace kmodpp
