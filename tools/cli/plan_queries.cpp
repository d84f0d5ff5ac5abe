// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/plan_queries.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "cli/document.hpp"
#include "cli/words.hpp"

namespace kmodpp::cli {

namespace {

using Question = Answer::Question;

struct NameAndParameters {
    std::string name;
    std::vector<std::string> parameters;
};

class Query {
public:
    Query(const ModprobeOptions& options, Mode mode, const Context& context,
          Messages& messages)
        : options_(options),
          explains_(mode == Mode::explain),
          question_(question_of(options)),
          context_(context),
          messages_(messages) {}

    bool explain_all() {
        std::vector<Answer> answers;
        for (const NameAndParameters& operand : operands())
            answers.push_back(ask(operand));
        if (options_.json) {
            print(plans_as_json(answers));
        } else {
            for (const Answer& answer : answers) {
                if (&answer != &answers.front()) print("\n");
                messages_.print(explain(answer, graph_of(answer).get()));
            }
        }
        return all_found_;
    }

    bool draw_all() {
        std::vector<std::string> known;
        for (const std::string& name : options_.operands) {
            const auto graph = context_.graph(std::span(&name, 1));
            if (graph)
                known.push_back(name);
            else
                report(graph.error());
        }
        if (known.empty() && !options_.json) return false;
        const auto graph =
            known.empty() ? Result<ModuleGraph>(ModuleGraph()) : context_.graph(known);
        if (!graph) {
            if (options_.json) print(error_document(graph.error()));
            return report(graph.error());
        }
        print(options_.json ? graph_as_json(*graph) : graph_as_dot(*graph));
        return all_found_;
    }

private:
    /// A module is followed by its parameters. --explain also accepts several modules:
    /// there, only words with '=' are parameters.
    [[nodiscard]] std::vector<NameAndParameters> operands() const {
        const bool names_only = options_.all || question_ == Question::remove;
        std::vector<NameAndParameters> named;
        for (const std::string& word : options_.operands) {
            const bool is_parameter =
                !named.empty() && !names_only && (!explains_ || word.contains('='));
            if (is_parameter)
                named.back().parameters.push_back(word);
            else
                named.push_back({word, {}});
        }
        return named;
    }

    Answer ask(const NameAndParameters& operand) {
        Answer answer{.question = question_, .name = operand.name};
        if (explains_ || answer.question == Question::resolve) {
            auto trace = context_.trace_name(operand.name);
            if (!trace) return failed(std::move(answer), trace.error());
            answer.trace = *std::move(trace);
        }
        if (answer.question == Question::resolve) {
            std::erase_if(answer.trace->modules, [](const NamedModule& module) {
                return module.source == NameSource::path;
            });
            answer.found = !answer.trace->modules.empty();
            if (!answer.found) report(not_found(operand.name));
            return answer;
        }
        auto plan =
            answer.question == Question::remove
                ? context_.plan_remove(remove_request(options_, operand.name))
                : context_.plan_insert(insert_request(
                      options_, operand.name, join_parameters(operand.parameters)));
        if (!plan) return failed(std::move(answer), plan.error());
        answer.found = true;
        answer.plan = *std::move(plan);
        if (answer.question == Question::insert && explains_)
            answer.hidden = hidden_files();
        if (answer.question == Question::insert && !options_.show_depends)
            foresee(answer);
        for (const Goal& goal : answer.plan.goals)
            if (std::ranges::any_of(goal.steps, is_refused)) all_found_ = false;
        return answer;
    }

    /// The tree is only read once for all names. A tree that cannot be read is not an
    /// error of the plan.
    const std::vector<HiddenFile>& hidden_files() {
        if (!hidden_)
            hidden_ = context_.hidden_files().value_or(std::vector<HiddenFile>{});
        return *hidden_;
    }

    static bool is_refused(const Step& step) {
        return step.action == Step::Action::forbidden && step.required;
    }

    /// Predicts which loads of the plan would be refused. If a required one is, the
    /// exit status is a failure.
    void foresee(Answer& answer) {
        for (const Goal& goal : answer.plan.goals) {
            std::vector<LoadForecast>& forecasts = answer.forecasts.emplace_back();
            if (!goal.skipped.empty()) continue;
            auto found = context_.foresee(goal, load_flags(options_));
            if (!found) {
                report(found.error());
                continue;
            }
            forecasts = *std::move(found);
            for (const Step& step : goal.steps) {
                const LoadForecast* const forecast = find_forecast(forecasts, step);
                if (step.required && forecast != nullptr && forecast->refusal)
                    all_found_ = false;
            }
        }
    }

    /// A module that is built in, in use or already loaded counts as found, although
    /// the plan failed.
    Answer failed(Answer answer, Error error) {
        const bool names_something =
            !context_.look_up(answer.name).value_or(std::vector<std::string>{}).empty();
        answer.found = error.kind == ErrorKind::busy ||
                       error.kind == ErrorKind::conflict ||
                       (answer.question == Question::remove &&
                        error.kind == ErrorKind::not_found && names_something);
        if (!answer.found) report(error);
        // The real run would fail, too.
        all_found_ = false;
        if (error.kind == ErrorKind::busy) {
            std::string users;
            if (const auto holders =
                    context_.holders(module_name(answer.name).value_or(answer.name)))
                for (const std::string& holder : *holders) users += " " + holder;
            if (!users.empty()) error.message += " It is used by:" + users;
        }
        answer.error = std::move(error);
        return answer;
    }

    [[nodiscard]] Error not_found(const std::string& name) const {
        return {.kind = ErrorKind::not_found,
                .message = "Module " + name + " not found in directory " +
                           context_.module_directory()};
    }

    bool report(const Error& error) {
        messages_.report(options_.all ? Priority::warning : Priority::fatal,
                         error.message);
        all_found_ = false;
        return false;
    }

    /// Null unless the plan loads modules.
    [[nodiscard]] std::unique_ptr<ModuleGraph> graph_of(const Answer& answer) const {
        if (answer.question != Question::insert || answer.plan.goals.empty()) return {};
        auto graph = context_.graph(std::span(&answer.name, 1));
        if (!graph) return {};
        return std::make_unique<ModuleGraph>(*std::move(graph));
    }

    const ModprobeOptions& options_;
    bool explains_;
    Question question_;
    const Context& context_;
    Messages& messages_;
    std::optional<std::vector<HiddenFile>> hidden_;
    bool all_found_ = true;
};

}  // namespace

bool run_plan_query(const ModprobeOptions& options, Mode mode, const Context& context,
                    Messages& messages) {
    Query query(options, mode, context, messages);
    return mode == Mode::graph ? query.draw_all() : query.explain_all();
}

}  // namespace kmodpp::cli
