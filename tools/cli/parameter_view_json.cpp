// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod params --json. A separate file, because the JSON library is slow to compile.
#include <cstdio>

#include "cli/json_values.hpp"
#include "cli/parameter_view.hpp"

namespace kmodpp::cli {

namespace {

std::string octal(unsigned mode) {
    char text[16];
    std::snprintf(text, sizeof text, "%04o", mode);
    return text;
}

Json json_of(const ParameterStatus& row) {
    Json object = {{"name", row.name}};
    if (!row.type.empty()) object["type"] = row.type;
    if (!row.description.empty()) object["description"] = row.description;
    object["mode"] = octal(row.mode);
    object["writable"] = row.writable();
    if (row.value) object["value"] = *row.value;
    if (!row.value_fault.empty()) object["value_fault"] = row.value_fault;
    if (row.requested) {
        Json& requested = object["requested"] = Json::object();
        if (row.requested->value) requested["value"] = *row.requested->value;
        requested["origin"] = cli::json_of(row.requested->origin);
        object["agreement"] = to_string(row.agreement);
    }
    if (!row.note.empty()) object["note"] = row.note;
    return object;
}

Json json_of(const ParameterProblem& problem) {
    Json object = {{"name", problem.name}, {"text", problem.text}};
    if (!problem.origin.empty()) object["origin"] = cli::json_of(problem.origin);
    return object;
}

}  // namespace

std::string parameters_as_json(const std::vector<ModuleParameters>& modules) {
    Json array = Json::array();
    for (const ModuleParameters& module : modules) {
        Json object = {{"module", module.module}, {"state", to_string(module.state)}};
        Json& parameters = object["parameters"] = Json::array();
        for (const ParameterStatus& row : module.parameters)
            parameters.push_back(json_of(row));
        if (!module.problems.empty()) {
            Json& problems = object["problems"] = Json::array();
            for (const ParameterProblem& problem : module.problems)
                problems.push_back(json_of(problem));
        }
        if (!module.file_fault.empty()) object["file_fault"] = module.file_fault;
        array.push_back(std::move(object));
    }
    return json_text(array);
}

}  // namespace kmodpp::cli
