// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints devices and their modules, as text or as JSON (docs/json.md).
#pragma once

#include <string>
#include <vector>

#include <kmodpp/device_report.hpp>

#include "cli/styled_text.hpp"

namespace kmodpp::cli {

[[nodiscard]] StyledText devices_as_text(const std::vector<DeviceStatus>& devices);
[[nodiscard]] std::string devices_as_json(const std::vector<DeviceStatus>& devices);

}  // namespace kmodpp::cli
