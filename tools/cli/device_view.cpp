// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/device_view.hpp"

#include <array>
#include <utility>

#include "cli/terminal.hpp"

namespace kmodpp::cli {

namespace {

/// In the order of the enumerators of DeviceModuleState.
constexpr std::array<Style, 11> kStateStyles = {
    Style::good,     // bound
    Style::good,     // loaded
    Style::warning,  // not_bound
    Style::plain,    // builtin
    Style::warning,  // forbidden
    Style::warning,  // blacklisted
    Style::warning,  // command
    Style::bad,      // missing_file
    Style::warning,  // unknown
    Style::bad,      // refused
    Style::plain,    // loadable
};
static_assert(kStateStyles.size() == std::to_underlying(DeviceModuleState::loadable) + 1);

/// "pci 0000:00:1f.6 Ethernet controller: Intel Corporation I219-LM"
std::string head_of(const DeviceStatus& device) {
    if (device.path.empty())
        return terminal_line(device.modalias) +
               (device.name.empty() ? "" : ": " + terminal_line(device.name));
    std::string text = device.bus.empty() ? "" : terminal_line(device.bus) + " ";
    text += terminal_line(device.address);
    if (!device.name.empty()) text += ": " + terminal_line(device.name);
    return text;
}

StyledText driver_line(const DeviceStatus& device) {
    StyledText text;
    if (!device.on_bus) return text;
    text += "  driver: ";
    if (device.driver.empty())
        text.add(Style::warning, "none");
    else
        text += terminal_line(device.driver);
    if (!device.driver_module.empty() && device.driver_module != device.driver)
        text += " (module " + terminal_line(device.driver_module) + ")";
    if (!device.chosen_driver.empty() && device.chosen_driver != device.driver)
        text += "; only " + terminal_line(device.chosen_driver) +
                " may be bound (driver_override)";
    text += "\n";
    return text;
}

StyledText module_lines(const DeviceModule& module) {
    StyledText text;
    text += "  module " + terminal_line(module.module) + ": ";
    text.add(kStateStyles[std::to_underlying(module.state)], terminal_line(module.text));
    if (!module.alias.empty())
        text += " (matched by " + terminal_line(module.alias.describe()) + ")";
    text += "\n";
    if (!module.advice.empty()) text += "    " + terminal_line(module.advice) + "\n";
    return text;
}

std::string without_module(const DeviceStatus& device) {
    if (device.other_releases.empty())
        return device.driver.empty() ? "  no module matches its alias " +
                                           terminal_line(device.modalias) + "\n"
                                     : "";
    std::string text = "  no module of this release matches; those of other releases do:";
    for (const ReleaseModule& other : device.other_releases)
        text += " " + terminal_line(other.module) + " of " + terminal_line(other.release);
    return text + "\n";
}

}  // namespace

StyledText devices_as_text(const std::vector<DeviceStatus>& devices) {
    StyledText text;
    for (const DeviceStatus& device : devices) {
        text.add(Style::heading, head_of(device)) += "\n";
        text += driver_line(device);
        for (const DeviceModule& module : device.modules) text += module_lines(module);
        if (device.modules.empty()) text += without_module(device);
    }
    return text;
}

}  // namespace kmodpp::cli
