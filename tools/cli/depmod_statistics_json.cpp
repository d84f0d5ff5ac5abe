// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdint>
#include <nlohmann/json.hpp>

#include "cli/depmod_statistics.hpp"

namespace kmodpp::cli {

std::string statistics_as_json(const DepmodReport& report) {
    nlohmann::ordered_json json;
    for (const auto& [name, member] : kDepmodCounts) json[name] = report.*member;
    json["up_to_date"] = report.up_to_date;
    auto& stages = json["stages"] = nlohmann::ordered_json::array();
    for (const DepmodStage& stage : report.stages)
        stages.push_back({{"name", std::string(stage.name)},
                          {"microseconds", std::int64_t{stage.duration.count()}}});
    return json.dump(2) + "\n";
}

}  // namespace kmodpp::cli
