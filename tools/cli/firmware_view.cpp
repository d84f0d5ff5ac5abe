// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/firmware_view.hpp"

#include <algorithm>

#include "cli/terminal.hpp"

namespace kmodpp::cli {

namespace {

/// One driver can match hundreds of devices, such as every processor.
constexpr std::size_t kShownDevices = 4;

std::string devices_of(const ModuleFirmware& module) {
    std::string text;
    std::size_t shown = 0;
    for (const std::string& path : module.devices) {
        if (shown++ == kShownDevices) break;
        text += text.empty() ? ", for " : ", ";
        text += terminal_line(path.substr(path.rfind('/') + 1));
    }
    if (module.devices.size() > kShownDevices)
        text += " and " + std::to_string(module.devices.size() - kShownDevices) + " more";
    return text;
}

StyledText line_of(const FirmwareFile& file) {
    StyledText line;
    line += "  ";
    if (file.path.empty())
        line.add(Style::bad, "missing") += "  " + terminal_line(file.name);
    else
        line.add(Style::good, "present") +=
            "  " + terminal_line(file.name) + ": " + terminal_line(file.path);
    line += "\n";
    return line;
}

}  // namespace

void keep_missing(FirmwareReport& report) {
    for (ModuleFirmware& module : report.modules)
        std::erase_if(module.files,
                      [](const FirmwareFile& file) { return !file.path.empty(); });
    std::erase_if(report.modules,
                  [](const ModuleFirmware& module) { return module.files.empty(); });
}

StyledText firmware_as_text(const FirmwareReport& report) {
    StyledText text;
    for (const ModuleFirmware& module : report.modules) {
        text.add(Style::heading, terminal_line(module.module)) +=
            (module.builtin ? " (built in)" : "") + devices_of(module);
        text += module.files.empty() ? ": no firmware\n" : ":\n";
        for (const FirmwareFile& file : module.files) text += line_of(file);
    }
    return text;
}

}  // namespace kmodpp::cli
