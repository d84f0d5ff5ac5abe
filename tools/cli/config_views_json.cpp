// SPDX-License-Identifier: LGPL-2.1-or-later
// modprobe --json with -c, --show-modversions and --show-exports. A separate file, because the JSON
// library is large.
#include <utility>

#include "cli/config_views.hpp"
#include "cli/json_values.hpp"

namespace kmodpp::cli {

Result<std::string> configuration_as_json(const Context& context) {
    const auto rules = context.configuration();
    if (!rules) return std::unexpected(rules.error());
    Json json = {
        {"rules", Json::array()}, {"aliases", Json::array()}, {"symbols", Json::array()}};
    for (const ConfigRule& rule : *rules) json["rules"].push_back(json_of(rule));
    for (const AliasIndex index : {AliasIndex::modules, AliasIndex::symbols}) {
        Json& list = json[index == AliasIndex::modules ? "aliases" : "symbols"];
        const auto done = context.for_each_alias(
            index, [&list](std::string_view pattern, std::string_view module) {
                list.push_back({{"pattern", pattern}, {"module", module}});
            });
        if (!done) return std::unexpected(done.error());
    }
    return json_text(json);
}

std::string versions_as_json(const std::vector<SymbolVersion>& versions) {
    Json list = Json::array();
    for (const SymbolVersion& version : versions) {
        Json entry = {{"symbol", version.name}};
        if (version.crc) entry["crc"] = crc_text(*version.crc);
        list.push_back(std::move(entry));
    }
    return json_text(list);
}

}  // namespace kmodpp::cli
