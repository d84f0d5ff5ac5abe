// SPDX-License-Identifier: LGPL-2.1-or-later
// modprobe --check-config: prints the mistakes in the configuration.
#include <algorithm>

#include "cli/config_views.hpp"
#include "cli/json_values.hpp"

namespace kmodpp::cli {

namespace {

Json json_of(const ConfigFinding& finding) {
    Json json = {{"level", to_string(finding.level)}, {"kind", to_string(finding.kind)}};
    if (!finding.origin.empty()) json["origin"] = cli::json_of(finding.origin);
    if (!finding.name.empty()) json["name"] = finding.name;
    if (!finding.nearest.empty()) json["nearest"] = finding.nearest;
    json["text"] = finding.text;
    return json;
}

Style style_of(FindingLevel level) {
    return level == FindingLevel::error     ? Style::bad
           : level == FindingLevel::warning ? Style::warning
                                            : Style::plain;
}

/// "FILE:LINE: level: text", the format of compilers, which editors can parse.
StyledText line_of(const ConfigFinding& finding) {
    StyledText line;
    line += finding.origin.file;
    if (finding.origin.line != 0) line += ":" + std::to_string(finding.origin.line);
    if (!line.empty()) line += ": ";
    line.add(style_of(finding.level), to_string(finding.level)) +=
        ": " + finding.text + "\n";
    return line;
}

/// "1 error", "2 errors".
std::string counted(std::size_t number, std::string_view what) {
    std::string text = std::to_string(number) + " ";
    text += what;
    return number == 1 ? text : text + "s";
}

}  // namespace

bool show_configuration_check(const Context& context, Form form, Messages& messages) {
    // The findings include what these warnings report.
    messages.show_library_down_to(Priority::error);
    const auto report = context.check_configuration();
    if (!report) return show_failure(report.error(), form, messages);
    const auto count = [&](FindingLevel level) {
        return static_cast<std::size_t>(
            std::ranges::count(report->findings, level, &ConfigFinding::level));
    };
    const std::size_t errors = count(FindingLevel::error);
    if (form == Form::json) {
        Json json = {{"files", report->files}, {"findings", Json::array()}};
        for (const ConfigFinding& finding : report->findings)
            json["findings"].push_back(json_of(finding));
        print(json_text(json));
        return errors == 0;
    }
    StyledText out;
    for (const ConfigFinding& finding : report->findings) out += line_of(finding);
    out += counted(report->files, "file") + ": " + counted(errors, "error") + ", " +
           counted(count(FindingLevel::warning), "warning") + ", " +
           counted(count(FindingLevel::note), "note") + "\n";
    messages.print(out);
    return errors == 0;
}

}  // namespace kmodpp::cli
