// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/device_report.hpp"

#include <string>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "kernel/device_tree.hpp"
#include "report/device_matches.hpp"
#include "report/device_module.hpp"
#include "report/device_names.hpp"
#include "report/device_operand.hpp"
#include "report/other_releases.hpp"

namespace kmodpp {

namespace {

/// What the reports of several devices share.
class Reporter {
public:
    explicit Reporter(const System& system)
        : system_(system),
          matches_(system.catalog, system.files),
          judge_(system),
          names_(system.files),
          other_releases_(system.catalog, system.files) {}

    Result<DeviceStatus> report(const kernel::Device& device) {
        DeviceStatus out{.path = device.path,
                         .bus = device.bus,
                         .address = std::string(base_name(device.path)),
                         .modalias = device.modalias,
                         .name = names_.describe(device),
                         .on_bus = device.on_bus,
                         .driver = device.driver,
                         .driver_module = device.driver_module,
                         .chosen_driver = chosen_driver(device)};
        TRY_ASSIGN(const auto* const modules, matches_.find(device.modalias));
        for (const NamedModule& module : *modules)
            out.modules.push_back(judge_.judge(device, module));
        if (modules->empty() && device.driver.empty())
            out.other_releases = other_releases_.find(device.modalias);
        return out;
    }

private:
    [[nodiscard]] std::string chosen_driver(const kernel::Device& device) const {
        if (!device.on_bus) return {};
        const auto text = system_.files.text(cat(device.path, "/driver_override"));
        return text && *text != "(null)" ? *text : std::string();
    }

    const System& system_;
    DeviceMatches matches_;
    ModuleJudge judge_;
    DeviceNames names_;
    OtherReleases other_releases_;
};

}  // namespace

std::string_view to_string(DeviceScope scope) {
    return scope == DeviceScope::unbound ? "unbound" : "all";
}

Result<DeviceReport> report_devices(const System& system, DeviceScope scope) {
    TRY_ASSIGN(const auto tree, kernel::read_devices(system.files));
    DeviceReport out{.is_complete = tree.is_complete};
    Reporter reporter(system);
    for (const kernel::Device& device : tree.devices) {
        if (scope == DeviceScope::unbound && (!device.on_bus || !device.driver.empty()))
            continue;
        TRY_ASSIGN(auto status, reporter.report(device));
        out.devices.push_back(std::move(status));
    }
    return out;
}

Result<DeviceStatus> report_device(const System& system, std::string_view operand) {
    TRY_ASSIGN(const auto device, find_device(system.files, operand));
    return Reporter(system).report(device);
}

}  // namespace kmodpp
