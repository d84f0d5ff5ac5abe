// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod devices: shows devices, their drivers, and why modules are not at work.
#include "cli/device_view.hpp"
#include "cli/report_command.hpp"

namespace kmodpp::cli {

namespace {

struct DevicesOptions : SystemOptions {
    bool unbound = false;
};

constexpr auto kOptions = table_of<DevicesOptions>({
    {0, "unbound", nullptr, "show only devices that lack a driver",
     sets<&DevicesOptions::unbound>},
}, kReportRows);

int run(const DevicesOptions& options, Messages& messages) {
    const auto context = open_context(options, messages);
    if (!context) return kFailure;
    DeviceReport report;
    int status = kSuccess;
    if (options.operands.empty()) {
        auto all =
            context->devices(options.unbound ? DeviceScope::unbound : DeviceScope::all);
        if (!all) return report_failure(all.error(), options, messages);
        report = *std::move(all);
    }
    for (const std::string& operand : options.operands) {
        auto device = context->device(operand);
        if (!device) {
            messages.error(device.error().message);
            status = kFailure;
        } else if (device->unbound() || !options.unbound) {
            report.devices.push_back(*std::move(device));
        }
    }
    if (!report.is_complete) messages.warning("there are more devices than are shown");
    if (options.json)
        print(devices_as_json(report.devices));
    else
        messages.print(devices_as_text(report.devices));
    return status;
}

}  // namespace

const Tool kDevices =
    tool_of("devices", "show devices, their drivers, and what they lack",
            "  kmod devices [options] [DEVICE...]\n", kOptions, runs<run>);

}  // namespace kmodpp::cli
