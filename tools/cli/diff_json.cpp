// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod diff --json. A separate file, because the JSON library is slow to compile.
#include <cstdio>

#include "cli/diff_view.hpp"
#include "cli/json.hpp"

namespace kmodpp::cli {

namespace {

Json json_of(const ComparedRelease& release) {
    Json json = {{"release", release.release},
                 {"directory", release.directory},
                 {"modules", release.modules},
                 {"builtin", release.builtin},
                 {"unreadable", release.unreadable}};
    if (!release.symvers.empty()) json["symvers"] = release.symvers;
    return json;
}

Json json_of(const ModuleChange& change) {
    Json json = {{"change", to_string(change.kind)}, {"module", change.name}};
    if (!change.before.empty()) json["before"] = change.before;
    if (!change.after.empty()) json["after"] = change.after;
    json["builtin_before"] = change.builtin_before;
    json["builtin_after"] = change.builtin_after;
    return json;
}

Json json_of(const AliasChange& change) {
    return {
        {"pattern", change.pattern}, {"before", change.before}, {"after", change.after}};
}

Json json_of(const ParameterChange& change) {
    Json json = {{"module", change.module}, {"name", change.name}};
    if (change.before) json["before"] = *change.before;
    if (change.after) json["after"] = *change.after;
    return json;
}

Json json_of(const ExportedState& state) {
    Json json = Json::object();
    if (!state.owner.empty()) json["module"] = state.owner;
    if (state.crc) {
        char text[16];
        std::snprintf(text, sizeof text, "0x%08x", *state.crc);
        json["crc"] = text;
    }
    json["gpl_only"] = state.gpl_only;
    if (!state.symbol_namespace.empty()) json["namespace"] = state.symbol_namespace;
    return json;
}

Json json_of(const SymbolChange& change) {
    Json json = {{"symbol", change.name}};
    if (change.before) json["before"] = json_of(*change.before);
    if (change.after) json["after"] = json_of(*change.after);
    return json;
}

Json json_of(const FirmwareChange& change) {
    return {{"file", change.file}, {"before", change.before}, {"after", change.after}};
}

template <class Change>
Json array_of(const std::vector<Change>& changes) {
    Json array = Json::array();
    for (const Change& change : changes) array.push_back(json_of(change));
    return array;
}

}  // namespace

std::string diff_as_json(const ReleaseDiff& diff, DiffSections sections) {
    Json json = {{"before", json_of(diff.before)}, {"after", json_of(diff.after)}};
    if (sections.has(DiffSection::modules)) json["modules"] = array_of(diff.modules);
    for (const DiffSection section : {DiffSection::devices, DiffSection::aliases}) {
        if (!sections.has(section)) continue;
        const bool devices = section == DiffSection::devices;
        Json& array = json[devices ? "devices" : "aliases"] = Json::array();
        for (const AliasChange& change : diff.aliases)
            if (is_device_change(change) == devices) array.push_back(json_of(change));
    }
    if (sections.has(DiffSection::parameters))
        json["parameters"] = array_of(diff.parameters);
    if (sections.has(DiffSection::symbols)) json["symbols"] = array_of(diff.symbols);
    if (sections.has(DiffSection::firmware)) json["firmware"] = array_of(diff.firmware);
    return json_text(json);
}

}  // namespace kmodpp::cli
