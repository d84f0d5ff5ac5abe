// SPDX-License-Identifier: LGPL-2.1-or-later
// Why there is no module of a name: what is missing on the disk, or misspelt.
#pragma once

#include <string_view>
#include <vector>

#include "catalog/catalog.hpp"
#include "kernel/kernel.hpp"
#include "kmodpp/diagnosis.hpp"

namespace kmodpp {

/// Empty when nothing is known besides that the name was not found.
[[nodiscard]] std::vector<Finding> explain_missing(std::string_view name,
                                                   Catalog& catalog,
                                                   kernel::Kernel& kernel);

}  // namespace kmodpp
