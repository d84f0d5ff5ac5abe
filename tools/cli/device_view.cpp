// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/device_view.hpp"

#include "cli/terminal.hpp"

namespace kmodpp::cli {

namespace {

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

std::string driver_line(const DeviceStatus& device) {
    if (!device.on_bus) return "";
    std::string text =
        "  driver: " + (device.driver.empty() ? "none" : terminal_line(device.driver));
    if (!device.driver_module.empty() && device.driver_module != device.driver)
        text += " (module " + terminal_line(device.driver_module) + ")";
    if (!device.chosen_driver.empty() && device.chosen_driver != device.driver)
        text += "; only " + terminal_line(device.chosen_driver) +
                " may be bound (driver_override)";
    return text + "\n";
}

std::string module_lines(const DeviceModule& module) {
    std::string text =
        "  module " + terminal_line(module.module) + ": " + terminal_line(module.text);
    if (!module.alias.empty())
        text += " (matched by " + terminal_line(module.alias.describe()) + ")";
    text += '\n';
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

std::string devices_as_text(const std::vector<DeviceStatus>& devices) {
    std::string text;
    for (const DeviceStatus& device : devices) {
        text += head_of(device) + "\n" + driver_line(device);
        for (const DeviceModule& module : device.modules) text += module_lines(module);
        if (device.modules.empty()) text += without_module(device);
    }
    return text;
}

}  // namespace kmodpp::cli
