// SPDX-License-Identifier: LGPL-2.1-or-later
// modinfo --json. A separate file, because the JSON library is slow to compile.
#include <string_view>

#include "cli/hex.hpp"
#include "cli/json.hpp"
#include "cli/module_report.hpp"

namespace kmodpp::cli {

namespace {

void add_text(Json& object, const char* key, const std::string& value) {
    if (!value.empty()) object[key] = value;
}

}  // namespace

std::string report_as_json(const ModuleInfo& info, bool terminal) {
    Json object = {{"name", info.name}, {"builtin", info.builtin}};
    if (!info.builtin) object["filename"] = info.filename;
    Json fields = Json::object();
    for (const InfoField& field : info.fields)
        if (field.key != "parmtype") fields[field.key].push_back(field.value);
    object["fields"] = std::move(fields);
    Json parameters = Json::array();
    for (const ParameterField& parameter : info.parameters) {
        Json entry = {{"name", parameter.name}};
        if (parameter.type) entry["type"] = *parameter.type;
        if (parameter.description) entry["description"] = *parameter.description;
        parameters.push_back(std::move(entry));
    }
    object["parameters"] = std::move(parameters);
    add_text(object, "build_id", hex_digits(info.build_id));
    if (info.signature) {
        Json signature = {{"id", info.signature->id}};
        add_text(signature, "signer", info.signature->signer);
        add_text(signature, "key", hex_digits(info.signature->key_id));
        add_text(signature, "hash", info.signature->hash);
        add_text(signature, "value", hex_digits(info.signature->signature));
        object["signature"] = std::move(signature);
    }
    add_text(object, "signature_fault", info.signature_fault);
    return json_element(object, terminal);
}

}  // namespace kmodpp::cli
