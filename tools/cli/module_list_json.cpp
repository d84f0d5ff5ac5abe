// SPDX-License-Identifier: LGPL-2.1-or-later
// lsmod --json. A separate file, because the JSON library is slow to compile.
#include <cstdio>

#include "cli/json_values.hpp"
#include "cli/module_list.hpp"

namespace kmodpp::cli {

std::string modules_as_json(const ModuleList& modules) {
    const auto uses = uses_of(modules);
    Json array = Json::array();
    for (std::size_t i = 0; i < modules.size(); ++i) {
        const LoadedModule& module = modules[i];
        Json object = {{"name", module.name}, {"size", module.size}};
        if (module.refcount) object["refcount"] = *module.refcount;
        object["used_by"] = module.holders;
        auto& used = object["uses"] = Json::array();
        for (const std::size_t use : uses[i]) used.push_back(modules[use].name);
        object["state"] = to_string(module.state);
        object["permanent"] = module.permanent;
        if (!module.taint.empty()) object["taint"] = module.taint;
        if (module.address != 0) {
            char text[24];
            std::snprintf(text, sizeof text, "0x%llx",
                          static_cast<unsigned long long>(module.address));
            object["address"] = text;
        }
        array.push_back(std::move(object));
    }
    return json_text(array);
}

}  // namespace kmodpp::cli
