// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints plans and graphs as JSON; docs/json.md describes the format.
#include <span>
#include <string_view>

#include "cli/json.hpp"
#include "cli/json_values.hpp"
#include "cli/plan_views.hpp"

namespace kmodpp::cli {

namespace {

const char* word(Answer::Question question) {
    switch (question) {
        case Answer::Question::insert: return "insert";
        case Answer::Question::remove: return "remove";
        case Answer::Question::resolve: break;
    }
    return "resolve";
}

const char* word(NameSource source) {
    switch (source) {
        case NameSource::config_alias: return "config_alias";
        case NameSource::module_name: return "module_name";
        case NameSource::symbol: return "symbol";
        case NameSource::command: return "command";
        case NameSource::module_alias: return "module_alias";
        case NameSource::builtin_name: return "builtin_name";
        case NameSource::builtin_alias: return "builtin_alias";
        case NameSource::path: break;
    }
    return "path";
}

Json json_of(const Step& step) {
    Json json = {{"action", to_string(step.action)}, {"module", step.module}};
    add(json, "path", step.path);
    add(json, "command", step.command);
    add(json, "command_origin", step.command_origin);
    if (const auto end = step.options.find_last_not_of(' '); end != std::string::npos)
        json["options"] = step.options.substr(0, end + 1);
    for (const OptionSource& source : step.option_sources)
        json["option_sources"].push_back(
            {{"text", source.text}, {"origin", cli::json_of(source.origin)}});
    json["required"] = step.required;
    if (step.repeated) json["repeated"] = true;
    Json& reason = json["reason"] = {{"kind", to_string(step.cause.kind)}};
    add(reason, "of", step.cause.of);
    add(reason, "name", step.cause.softdep);
    add(reason, "origin", step.cause.origin);
    add(json, "blacklist_origin", step.blacklist);
    add(json, "forbid_origin", step.forbid);
    add(json, "note", step.note);
    return json;
}

Json json_of(const NamedModule& module) {
    Json json = {{"module", module.name}};
    add(json, "alias", module.alias);
    json["source"] = word(module.source);
    add(json, "pattern", module.pattern);
    add(json, "origin", module.origin);
    return json;
}

/// \param forecasts for the steps of the goal
Json json_of(const Goal& goal, std::span<const LoadForecast> forecasts,
             const std::vector<HiddenFile>& hidden) {
    Json json = json_of(goal.module);
    if (!goal.skipped.empty()) {
        Json& skipped = json["skipped"] = {{"reason", goal.skipped}};
        add(skipped, "origin", goal.skipped_origin);
    }
    Json& steps = json["steps"] = Json::array();
    for (const Step& step : goal.steps) {
        Json& entry = steps.emplace_back(json_of(step));
        for (const auto& [file, outdated] : other_files(hidden, step)) {
            Json other = {{"path", outdated ? file->taken : file->path},
                          {"reason", file->reason}};
            add(other, "origin", file->origin);
            if (outdated)
                entry["replaced_by"] = std::move(other);
            else
                entry["hides"].push_back(std::move(other));
        }
        const LoadForecast* const forecast = find_forecast(forecasts, step);
        if (forecast == nullptr) continue;
        if (forecast->refusal) entry["refusal"] = cli::json_of(*forecast->refusal);
        for (const ParameterProblem& problem : forecast->ignored_parameters)
            entry["ignored_parameters"].push_back(
                {{"name", problem.name}, {"text", problem.text}});
    }
    return json;
}

Json json_of(const AskedSource& asked) {
    Json json = {{"source", word(asked.source)}};
    add(json, "file", asked.file);
    json["there"] = asked.there;
    json["answers"] = asked.answers;
    return json;
}

Json json_of(const Answer& answer) {
    Json json = {{"name", answer.name},
                 {"question", word(answer.question)},
                 {"found", answer.found}};
    if (answer.trace) {
        add(json, "normalised", answer.trace->normalised);
        Json& asked = json["asked"] = Json::array();
        for (const AskedSource& source : answer.trace->asked)
            asked.push_back(json_of(source));
        add(json, "nearest", answer.trace->nearest);
    }
    if (answer.error) json["error"] = cli::json_of(*answer.error);
    Json& goals = json["goals"] = Json::array();
    if (answer.question == Answer::Question::resolve && answer.trace) {
        for (const NamedModule& module : answer.trace->modules)
            goals.push_back(json_of(module));
    }
    for (std::size_t i = 0; i < answer.plan.goals.size(); ++i)
        goals.push_back(
            json_of(answer.plan.goals[i], answer.forecasts_of(i), answer.hidden));
    return json;
}

}  // namespace

std::string plans_as_json(const std::vector<Answer>& answers) {
    Json json = Json::array();
    for (const Answer& answer : answers) json.push_back(json_of(answer));
    return json_text(json);
}

std::string graph_as_json(const ModuleGraph& graph) {
    Json json = {{"nodes", Json::array()}, {"edges", Json::array()}};
    for (const ModuleGraph::Node& node : graph.nodes) {
        Json entry = {{"module", node.name}, {"kind", to_string(node.kind)}};
        add(entry, "path", node.path);
        entry["named"] = node.named;
        entry["loaded"] = node.loaded;
        add(entry, "blacklist_origin", node.blacklist);
        add(entry, "forbid_origin", node.forbid);
        add(entry, "command", node.install);
        add(entry, "command_origin", node.install_origin);
        json["nodes"].push_back(std::move(entry));
    }
    for (const ModuleGraph::Edge& edge : graph.edges) {
        Json entry = {{"from", graph.nodes[edge.from].name},
                      {"to", graph.nodes[edge.to].name},
                      {"kind", to_string(edge.kind)}};
        add(entry, "origin", edge.origin);
        json["edges"].push_back(std::move(entry));
    }
    return json_text(json);
}

}  // namespace kmodpp::cli
