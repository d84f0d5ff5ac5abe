// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod firmware --json. A separate file, because the JSON library is slow to compile.
#include "cli/firmware_view.hpp"
#include "cli/json.hpp"

namespace kmodpp::cli {

std::string firmware_as_json(const FirmwareReport& report) {
    Json object = {{"directories", report.directories}};
    Json& modules = object["modules"] = Json::array();
    for (const ModuleFirmware& module : report.modules) {
        Json entry = {{"module", module.module}, {"builtin", module.builtin}};
        Json& files = entry["files"] = Json::array();
        for (const FirmwareFile& file : module.files) {
            Json& one = files.emplace_back(Json{{"name", file.name}});
            one["present"] = !file.path.empty();
            if (!file.path.empty()) one["path"] = file.path;
        }
        entry["devices"] = module.devices;
        if (!module.file_fault.empty()) entry["file_fault"] = module.file_fault;
        modules.push_back(std::move(entry));
    }
    return json_text(object);
}

}  // namespace kmodpp::cli
