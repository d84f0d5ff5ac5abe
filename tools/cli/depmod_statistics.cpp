// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/depmod_statistics.hpp"

#include <chrono>
#include <cstdio>

namespace kmodpp::cli {

namespace {

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
    for (const auto& [name, member] : kDepmodCounts) {
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

}  // namespace kmodpp::cli
