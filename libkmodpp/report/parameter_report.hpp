// SPDX-License-Identifier: LGPL-2.1-or-later
// Compares the parameters in the running kernel with the configuration.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "kmodpp/parameter_report.hpp"
#include "report/system.hpp"

namespace kmodpp {

/// The parameters of each module that a name or alias matches. not_found: the name is
/// unknown.
[[nodiscard]] Result<std::vector<ModuleParameters>> report_parameters(
    const System& system, std::string_view name);

/// The parameters of all loaded modules that have some, sorted by name of the module.
[[nodiscard]] Result<std::vector<ModuleParameters>> report_loaded_parameters(
    const System& system);

}  // namespace kmodpp
