// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/json_values.hpp"

#include "base/errno_name.hpp"

namespace kmodpp::cli {

Json json_of(const Error& error) {
    return {{"kind", to_string(error.kind)}, {"message", error.message}};
}

Json json_of(const Origin& origin) {
    Json json = {{"file", origin.file}};
    if (origin.line != 0) json["line"] = origin.line;
    return json;
}

Json json_of(const Diagnosis& diagnosis) {
    Json object = {{"module", diagnosis.module}};
    if (!diagnosis.path.empty()) object["path"] = diagnosis.path;
    object["cause"] = to_string(diagnosis.findings.front().cause);
    if (diagnosis.code != 0) {
        if (const auto name = errno_name(diagnosis.code); !name.empty())
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

Json json_of(const ConfigRule& rule) {
    Json json = {{"kind", to_string(rule.kind)}, {"name", rule.name}};
    if (!rule.text.empty()) json["text"] = rule.text;
    if (!rule.origin.empty()) json["origin"] = json_of(rule.origin);
    return json;
}

void add(Json& json, const char* key, const std::string& text) {
    if (!text.empty()) json[key] = text;
}

void add(Json& json, const char* key, const Origin& origin) {
    if (!origin.empty()) json[key] = json_of(origin);
}

}  // namespace kmodpp::cli
