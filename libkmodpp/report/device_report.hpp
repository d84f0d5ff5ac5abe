// SPDX-License-Identifier: LGPL-2.1-or-later
// Reports devices, their drivers, and the modules that match them.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "kmodpp/device_report.hpp"
#include "report/system.hpp"

namespace kmodpp {

[[nodiscard]] Result<DeviceReport> report_devices(const System& system,
                                                  DeviceScope scope);

/// \param operand as for find_device()
[[nodiscard]] Result<DeviceStatus> report_device(const System& system,
                                                 std::string_view operand);

}  // namespace kmodpp
