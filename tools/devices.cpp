// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod devices: shows devices, their drivers, and why modules are not at work.
#include "cli/device_view.hpp"
#include "cli/report_command.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kOptions[] = {
    {0, "unbound", nullptr, "show only devices that lack a driver", nullptr},
    kJsonOption,
    kColorOption,
    kConfigOption,
    kDirnameOption,
    kConfinedOption,
    kSetVersionOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
};

int run(const Arguments& arguments, Messages& messages) {
    const auto context = open_context(arguments, messages);
    if (!context) return kFailure;
    DeviceReport report;
    int status = kSuccess;
    if (arguments.operands().empty()) {
        auto all = context->devices(arguments.has("unbound") ? DeviceScope::unbound
                                                             : DeviceScope::all);
        if (!all) return report_failure(all.error(), arguments, messages);
        report = *std::move(all);
    }
    for (const std::string& operand : arguments.operands()) {
        auto device = context->device(operand);
        if (!device) {
            messages.error(device.error().message);
            status = kFailure;
        } else if (device->unbound() || !arguments.has("unbound")) {
            report.devices.push_back(*std::move(device));
        }
    }
    if (!report.is_complete) messages.warning("there are more devices than are shown");
    if (arguments.has("json"))
        print(devices_as_json(report.devices));
    else
        messages.print(devices_as_text(report.devices));
    return status;
}

}  // namespace

const Tool kDevices = {"devices", "show devices, their drivers, and what they lack",
                       "  kmod devices [options] [DEVICE...]\n", kOptions, run};

}  // namespace kmodpp::cli
