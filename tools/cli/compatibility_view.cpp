// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/compatibility_view.hpp"

#include <algorithm>
#include <string_view>

#include "cli/json.hpp"
#include "cli/json_values.hpp"

namespace kmodpp::cli {

StyledText compatibility_as_text(const ModuleCompatibility& module,
                                 const std::string& release) {
    StyledText text;
    text += module.path + ": ";
    if (module.refusal)
        text.add(Style::bad, "not compatible");
    else
        text.add(Style::good, "compatible");
    text += " with " + release + "\n";
    if (!module.refusal) return text;
    std::vector<std::string_view> advice;  // each once
    for (const Finding& finding : module.refusal->findings) {
        text += "  " + finding.text + "\n";
        if (!finding.advice.empty() &&
            std::ranges::find(advice, finding.advice) == advice.end())
            advice.emplace_back(finding.advice);
    }
    for (const std::string_view line : advice) ((text += "  ") += line) += "\n";
    return text;
}

std::string compatibility_as_json(const std::vector<ModuleCompatibility>& modules,
                                  const std::string& release) {
    Json array = Json::array();
    for (const ModuleCompatibility& module : modules) {
        Json json = {{"file", module.path},
                     {"module", module.module},
                     {"release", release},
                     {"compatible", !module.refusal}};
        if (module.refusal) json["refusal"] = json_of(*module.refusal);
        if (!module.unchecked.empty()) json["unchecked_symbols"] = module.unchecked;
        array.push_back(std::move(json));
    }
    return json_text(array);
}

}  // namespace kmodpp::cli
