// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod devices --json. A separate file, because the JSON library is slow to compile.
#include "cli/device_view.hpp"
#include "cli/json_values.hpp"

namespace kmodpp::cli {

namespace {

Json json_of(const DeviceModule& module) {
    Json object = {{"module", module.module}, {"state", to_string(module.state)}};
    add(object, "pattern", module.pattern);
    if (!module.alias.empty()) object["alias_origin"] = cli::json_of(module.alias);
    object["text"] = module.text;
    add(object, "advice", module.advice);
    if (!module.origin.empty()) object["origin"] = cli::json_of(module.origin);
    if (module.refusal) object["refusal"] = cli::json_of(*module.refusal);
    if (!module.missing_firmware.empty())
        object["missing_firmware"] = module.missing_firmware;
    return object;
}

Json json_of(const DeviceStatus& device) {
    Json object = Json::object();
    add(object, "path", device.path);
    add(object, "bus", device.bus);
    add(object, "address", device.address);
    object["modalias"] = device.modalias;
    add(object, "name", device.name);
    object["on_bus"] = device.on_bus;
    add(object, "driver", device.driver);
    add(object, "driver_module", device.driver_module);
    add(object, "driver_override", device.chosen_driver);
    Json& modules = object["modules"] = Json::array();
    for (const DeviceModule& module : device.modules) modules.push_back(json_of(module));
    for (const ReleaseModule& other : device.other_releases)
        object["other_releases"].push_back(
            {{"release", other.release}, {"module", other.module}});
    return object;
}

}  // namespace

std::string devices_as_json(const std::vector<DeviceStatus>& devices) {
    Json array = Json::array();
    for (const DeviceStatus& device : devices) array.push_back(json_of(device));
    return json_text(array);
}

}  // namespace kmodpp::cli
