// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints plans and graphs: as text, as JSON, and in the DOT language of graphviz.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <kmodpp/context.hpp>

#include "cli/styled_text.hpp"

namespace kmodpp::cli {

/// The result of a query for one name on the command line.
struct Answer {
    enum class Question { insert, remove, resolve };
    Question question = Question::insert;
    std::string name;
    bool found = false;                   ///< the name matches something
    std::optional<NameTrace> trace = {};  ///< how the name was looked up; if needed
    Plan plan = {};
    std::optional<Error> error = {};  ///< why there is no plan
    /// The forecasts for each goal of the plan, if they were requested.
    std::vector<std::vector<LoadForecast>> forecasts = {};

    /// The module files that depmod ignores, if they were requested.
    std::vector<HiddenFile> hidden = {};

    [[nodiscard]] std::span<const LoadForecast> forecasts_of(std::size_t goal) const {
        if (goal >= forecasts.size()) return {};
        return forecasts[goal];
    }
};

/// The forecast for a step; null: there is nothing to report.
[[nodiscard]] inline const LoadForecast* find_forecast(
    std::span<const LoadForecast> forecasts, const Step& step) {
    if (step.action != Step::Action::insert || step.repeated) return nullptr;
    for (const LoadForecast& forecast : forecasts)
        if (forecast.module == step.module) return &forecast;
    return nullptr;
}

/// What another file of the same module means for a step.
struct OtherFile {
    const HiddenFile* file;
    /// The databases are older than the tree: depmod would now use file->taken.
    bool outdated;
};
/// The other files of the module of a step, in path order.
[[nodiscard]] inline std::vector<OtherFile> other_files(
    const std::vector<HiddenFile>& hidden, const Step& step) {
    std::vector<OtherFile> files;
    if (step.action != Step::Action::insert || step.repeated) return files;
    for (const HiddenFile& file : hidden) {
        if (file.module != step.module) continue;
        if (file.taken == step.path)
            files.push_back({&file, false});
        else if (file.path == step.path)
            files.push_back({&file, true});
    }
    return files;
}

/// The line that -v and -n print for a step; empty if the step is not shown.
[[nodiscard]] std::string step_line(const Step& step);

/// Readable text: how the name was resolved, each step with its reasons, skipped steps.
/// \param graph shows which modules need a module directly; null: not known
[[nodiscard]] StyledText explain(const Answer& answer, const ModuleGraph* graph);

/// A JSON array with one object per answer; see docs/json.md.
[[nodiscard]] std::string plans_as_json(const std::vector<Answer>& answers);

/// A digraph in the DOT language. Names are quoted, so they may contain any character.
[[nodiscard]] std::string graph_as_dot(const ModuleGraph& graph);
/// A JSON object; see docs/json.md.
[[nodiscard]] std::string graph_as_json(const ModuleGraph& graph);

}  // namespace kmodpp::cli
