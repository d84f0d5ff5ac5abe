// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints the parameters of modules, as text or as JSON (docs/json.md).
#pragma once

#include <string>
#include <vector>

#include <kmodpp/parameter_report.hpp>

#include "cli/styled_text.hpp"

namespace kmodpp::cli {

/// Keeps only parameters whose value differs from the configuration, and modules that
/// have some.
void keep_differing(std::vector<ModuleParameters>& modules);

[[nodiscard]] StyledText parameters_as_text(const std::vector<ModuleParameters>& modules);
[[nodiscard]] std::string parameters_as_json(
    const std::vector<ModuleParameters>& modules);

}  // namespace kmodpp::cli
