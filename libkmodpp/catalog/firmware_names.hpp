// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the names of the firmware files that a module may request.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.hpp"

namespace kmodpp {

/// The "firmware" fields of a module file, or those of a built-in module, in order and
/// each once.
/// \param module normalised; a module in modules.dep, or a built-in one
[[nodiscard]] Result<std::vector<std::string>> read_firmware_names(
    Catalog& catalog, const std::string& module);

}  // namespace kmodpp
