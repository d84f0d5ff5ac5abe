// SPDX-License-Identifier: LGPL-2.1-or-later
// Plans as short lines, so that a test can say what it expects at a glance.
#pragma once

#include <string>
#include <vector>

#include "base/names.hpp"
#include "base/text.hpp"
#include "kmodpp/plan.hpp"

namespace kmodpp::test {

using Lines = std::vector<std::string>;

/// "insert NAME OPTIONS", "install NAME <COMMAND> OPTIONS", …; '?' behind the word for a
/// step that is not required. A goal that is left out: "skipped WHY".
inline Lines lines_of(const Goal& goal) {
    Lines lines;
    if (!goal.skipped.empty()) lines.push_back(cat("skipped ", goal.skipped));
    for (const Step& step : goal.steps) {
        constexpr std::string_view kWords[] = {"insert",     "remove",  "run_install",
                                               "run_remove", "builtin", "loaded",
                                               "missing",    "kept"};
        std::string line = cat(kWords[static_cast<int>(step.action)],
                               step.required ? " " : "? ", step.module);
        if (!step.command.empty()) line += cat(" <", step.command, ">");
        if (!step.options.empty()) line += cat(" ", step.options);
        lines.push_back(std::move(line));
    }
    return lines;
}

/// The steps of all goals, one behind the other.
inline Lines lines_of(const Plan& plan) {
    Lines lines;
    for (const Goal& goal : plan.goals)
        for (std::string& line : lines_of(goal)) lines.push_back(std::move(line));
    return lines;
}

}  // namespace kmodpp::test
