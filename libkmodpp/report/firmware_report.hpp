// SPDX-License-Identifier: LGPL-2.1-or-later
// Reports which firmware files of modules are installed.
#pragma once

#include <span>
#include <string>

#include "base/error.hpp"
#include "kmodpp/firmware_report.hpp"
#include "report/system.hpp"

namespace kmodpp {

/// The firmware of the modules that the names or aliases match; also of modules that
/// have none. not_found: a name is unknown.
[[nodiscard]] Result<FirmwareReport> report_firmware(const System& system,
                                                     std::span<const std::string> names);

[[nodiscard]] Result<FirmwareReport> report_firmware(const System& system,
                                                     FirmwareScope scope);

}  // namespace kmodpp
