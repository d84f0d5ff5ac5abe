// SPDX-License-Identifier: LGPL-2.1-or-later
// Plans and graphs as text for people, JSON for programs and DOT for graphviz.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <kmodpp/context.hpp>

namespace kmodpp::cli {

/// What came of one name on the command line.
struct Answer {
    enum class Question { insert, remove, resolve };
    Question question = Question::insert;
    std::string name;
    bool found = false;                   ///< the name stands for something
    std::optional<NameTrace> trace = {};  ///< who was asked; where that is of interest
    Plan plan = {};
    std::optional<Error> error = {};  ///< why there is no plan
    /// What is known of the loads of each goal, where that was asked for.
    std::vector<std::vector<LoadForecast>> forecasts = {};

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

/// For people: how the name was understood, each step with its reasons, what is left out.
/// \param graph tells who needs a module directly; null: only who needs it at all
[[nodiscard]] std::string explain(const Answer& answer, const ModuleGraph* graph);

/// One array, an object for each answer; see docs/json.md.
[[nodiscard]] std::string plans_as_json(const std::vector<Answer>& answers);

/// A digraph in the DOT language, whatever the names are.
[[nodiscard]] std::string graph_as_dot(const ModuleGraph& graph);
/// One object; see docs/json.md.
[[nodiscard]] std::string graph_as_json(const ModuleGraph& graph);

}  // namespace kmodpp::cli
