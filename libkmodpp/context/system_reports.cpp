// SPDX-License-Identifier: LGPL-2.1-or-later
// The methods of Context that report on a whole system.
#include "base/guarded.hpp"
#include "context/parts.hpp"
#include "report/device_report.hpp"
#include "report/firmware_report.hpp"
#include "report/parameter_report.hpp"

namespace kmodpp {

Result<std::vector<ModuleParameters>> Context::parameters(std::string_view name) const {
    return guarded([&]() -> Result<std::vector<ModuleParameters>> {
        return report_parameters(parts_->system(), name);
    });
}

Result<std::vector<ModuleParameters>> Context::loaded_parameters() const {
    return guarded([&]() -> Result<std::vector<ModuleParameters>> {
        return report_loaded_parameters(parts_->system());
    });
}

Result<DeviceReport> Context::devices(DeviceScope scope) const {
    return guarded([&]() -> Result<DeviceReport> {
        return report_devices(parts_->system(), scope);
    });
}

Result<DeviceStatus> Context::device(std::string_view name) const {
    return guarded(
        [&]() -> Result<DeviceStatus> { return report_device(parts_->system(), name); });
}

Result<FirmwareReport> Context::firmware(std::span<const std::string> names) const {
    return guarded([&]() -> Result<FirmwareReport> {
        return report_firmware(parts_->system(), names);
    });
}

Result<FirmwareReport> Context::firmware(FirmwareScope scope) const {
    return guarded([&]() -> Result<FirmwareReport> {
        return report_firmware(parts_->system(), scope);
    });
}

}  // namespace kmodpp
