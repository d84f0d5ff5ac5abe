// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints the firmware of modules, as text or as JSON (docs/json.md).
#pragma once

#include <string>

#include <kmodpp/firmware_report.hpp>

#include "cli/styled_text.hpp"

namespace kmodpp::cli {

/// Keeps only files that are missing, and modules that have some.
void keep_missing(FirmwareReport& report);

[[nodiscard]] StyledText firmware_as_text(const FirmwareReport& report);
[[nodiscard]] std::string firmware_as_json(const FirmwareReport& report);

}  // namespace kmodpp::cli
