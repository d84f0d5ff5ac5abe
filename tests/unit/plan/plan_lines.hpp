// SPDX-License-Identifier: LGPL-2.1-or-later
// Formats plans as short lines for the expectations of tests.
#pragma once

#include <string>
#include <vector>

#include "base/names.hpp"
#include "base/text.hpp"
#include "kmodpp/plan.hpp"

namespace kmodpp::test {

using Lines = std::vector<std::string>;

/// "insert NAME OPTIONS", "install NAME <COMMAND> OPTIONS", …; a '?' after the word
/// marks an optional step. A skipped goal is "skipped WHY".
inline Lines lines_of(const Goal& goal) {
    Lines lines;
    if (!goal.skipped.empty()) lines.push_back(cat("skipped ", goal.skipped));
    for (const Step& step : goal.steps) {
        constexpr std::string_view kWords[] = {"insert",     "remove",  "run_install",
                                               "run_remove", "builtin", "loaded",
                                               "missing",    "kept",    "forbidden"};
        std::string line = cat(kWords[static_cast<int>(step.action)],
                               step.required ? " " : "? ", step.module);
        if (!step.command.empty()) line += cat(" <", step.command, ">");
        if (!step.options.empty()) line += cat(" ", step.options);
        lines.push_back(std::move(line));
    }
    return lines;
}

/// The steps of all goals in order.
inline Lines lines_of(const Plan& plan) {
    Lines lines;
    for (const Goal& goal : plan.goals)
        for (std::string& line : lines_of(goal)) lines.push_back(std::move(line));
    return lines;
}

}  // namespace kmodpp::test
