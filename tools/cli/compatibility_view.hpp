// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints whether modules would load on a kernel, for kmod compat.
#pragma once

#include <string>
#include <vector>

#include <kmodpp/compatibility.hpp>

#include "cli/styled_text.hpp"

namespace kmodpp::cli {

/// A line with the verdict on a module and, below it, the reasons and the advice.
[[nodiscard]] StyledText compatibility_as_text(const ModuleCompatibility& module,
                                               const std::string& release);

/// A JSON array; see docs/json.md.
[[nodiscard]] std::string compatibility_as_json(
    const std::vector<ModuleCompatibility>& modules, const std::string& release);

}  // namespace kmodpp::cli
