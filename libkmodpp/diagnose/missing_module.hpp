// SPDX-License-Identifier: LGPL-2.1-or-later
// Explains why a module was not found: files or databases are missing, or the name is
// misspelt.
#pragma once

#include <string_view>
#include <vector>

#include "catalog/catalog.hpp"
#include "kernel/kernel.hpp"
#include "kmodpp/diagnosis.hpp"

namespace kmodpp {

/// Empty if nothing is known except that the name was not found.
[[nodiscard]] std::vector<Finding> explain_missing(std::string_view name,
                                                   Catalog& catalog,
                                                   kernel::Kernel& kernel);

}  // namespace kmodpp
