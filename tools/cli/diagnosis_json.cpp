// SPDX-License-Identifier: LGPL-2.1-or-later
// Diagnoses as JSON. By itself, for the JSON library is much to compile.
#include <cstring>

#include "cli/diagnosis_view.hpp"
#include "cli/json.hpp"
#include "cli/rehearsal.hpp"

namespace kmodpp::cli {

namespace {

Json to_json(const Diagnosis& diagnosis) {
    Json object = {{"module", diagnosis.module}};
    if (!diagnosis.path.empty()) object["path"] = diagnosis.path;
    object["cause"] = to_string(diagnosis.findings.front().cause);
    if (diagnosis.code != 0) {
        if (const char* const name = strerrorname_np(diagnosis.code))
            object["errno"] = name;
        object["code"] = diagnosis.code;
    }
    Json& findings = object["findings"] = Json::array();
    for (const Finding& finding : diagnosis.findings) {
        Json entry = {{"cause", to_string(finding.cause)}, {"text", finding.text}};
        if (!finding.advice.empty()) entry["advice"] = finding.advice;
        for (const Fact& fact : finding.facts)
            entry["facts"][fact.name].push_back(fact.value);
        findings.push_back(std::move(entry));
    }
    if (!diagnosis.kernel_log.empty()) {
        Json& lines = object["kernel_log"] = Json::array();
        for (const KernelLine& line : diagnosis.kernel_log) lines.push_back(line.text);
    }
    return object;
}

}  // namespace

std::string diagnosis_json(const Diagnosis& diagnosis) {
    return json_text(to_json(diagnosis));
}

std::string diagnoses_json(const std::vector<Diagnosis>& diagnoses) {
    Json array = Json::array();
    for (const Diagnosis& diagnosis : diagnoses) array.push_back(to_json(diagnosis));
    return json_text(array);
}

std::string rehearsal_json(const Rehearsal& rehearsal) {
    Json object = {{"release", rehearsal.release}};
    Json& loaded = object["loaded"] = Json::array();
    for (const Step& step : rehearsal.loaded)
        loaded.push_back(
            {{"module", step.module}, {"path", step.path}, {"parameters", step.options}});
    const auto add_named = [&object](const char* key, const char* why,
                                     const auto& entries) {
        Json& array = object[key] = Json::array();
        for (const auto& [name, text] : entries)
            array.push_back({{"name", name}, {why, text}});
    };
    add_named("skipped", "reason", rehearsal.skipped);
    add_named("unknown", "text", rehearsal.unknown);
    Json& refused = object["refused"] = Json::array();
    for (const Diagnosis& diagnosis : rehearsal.refused)
        refused.push_back(to_json(diagnosis));
    return json_text(object);
}

}  // namespace kmodpp::cli
