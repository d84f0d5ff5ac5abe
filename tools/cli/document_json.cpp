// SPDX-License-Identifier: LGPL-2.1-or-later
// The JSON documents of runs that load or remove modules, and of failures.
#include "cli/document.hpp"
#include "cli/json_values.hpp"

namespace kmodpp::cli {

std::string outcome_document(const Outcome& outcome) {
    Json object = {{"release", outcome.release}};
    Json& loaded = object["loaded"] = Json::array();
    for (const Step& step : outcome.loaded)
        loaded.push_back(
            {{"module", step.module}, {"path", step.path}, {"parameters", step.options}});
    Json& removed = object["removed"] = Json::array();
    for (const Step& step : outcome.removed) removed.push_back({{"module", step.module}});
    Json& commands = object["commands"] = Json::array();
    for (const Step& step : outcome.commands)
        commands.push_back({{"module", step.module}, {"command", step.command}});
    Json& skipped = object["skipped"] = Json::array();
    for (const auto& [name, reason] : outcome.skipped)
        skipped.push_back({{"name", name}, {"reason", reason}});
    // "unknown" lists names that do not exist, "failed" those that cannot be processed
    // now.
    Json& unknown = object["unknown"] = Json::array();
    Json& failed = object["failed"] = Json::array();
    for (const auto& [name, error] : outcome.without_plan) {
        if (error.kind == ErrorKind::not_found)
            unknown.push_back({{"name", name}, {"text", error.message}});
        else
            failed.push_back({{"name", name}, {"error", json_of(error)}});
    }
    Json& refused = object["refused"] = Json::array();
    for (const Diagnosis& diagnosis : outcome.refused)
        refused.push_back(json_of(diagnosis));
    return json_text(object);
}

std::string error_document(const Error& error) {
    return json_text(Json{{"error", json_of(error)}});
}

}  // namespace kmodpp::cli
