// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/depmod_statistics.hpp"

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace kmodpp::cli {

namespace {

struct Count {
    const char* name;
    std::size_t DepmodReport::*member;
};
constexpr Count kCounts[] = {
    {"modules", &DepmodReport::modules},
    {"unreadable_modules", &DepmodReport::unreadable_modules},
    {"cached_modules", &DepmodReport::cached_modules},
    {"symbols", &DepmodReport::symbols},
    {"aliases", &DepmodReport::aliases},
};

std::string line(const std::string& name, const std::string& value) {
    char text[80];
    const int length =
        std::snprintf(text, sizeof text, "%-20s %10s\n", name.c_str(), value.c_str());
    return {text, static_cast<std::size_t>(length)};
}

std::string milliseconds(std::chrono::microseconds duration) {
    char text[40];
    const int length = std::snprintf(text, sizeof text, "%.2f ms",
                                     static_cast<double>(duration.count()) / 1000);
    return {text, static_cast<std::size_t>(length)};
}

}  // namespace

std::string statistics_as_text(const DepmodReport& report) {
    std::string text;
    for (const auto& [name, member] : kCounts) {
        std::string spaced = name;
        for (char& c : spaced)
            if (c == '_') c = ' ';
        text += line(spaced, std::to_string(report.*member));
    }
    text += line("up to date", report.up_to_date ? "yes" : "no");
    std::chrono::microseconds total{};
    for (const DepmodStage& stage : report.stages) {
        text += line("time: " + std::string(stage.name), milliseconds(stage.duration));
        total += stage.duration;
    }
    return text + line("time: total", milliseconds(total));
}

std::string statistics_as_json(const DepmodReport& report) {
    nlohmann::ordered_json json;
    for (const auto& [name, member] : kCounts) json[name] = report.*member;
    json["up_to_date"] = report.up_to_date;
    auto& stages = json["stages"] = nlohmann::ordered_json::array();
    for (const DepmodStage& stage : report.stages)
        stages.push_back({{"name", std::string(stage.name)},
                          {"microseconds", std::int64_t{stage.duration.count()}}});
    return json.dump(2) + "\n";
}

}  // namespace kmodpp::cli
