// SPDX-License-Identifier: LGPL-2.1-or-later
// What modprobe does: queries, loads and removals.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <functional>

#include <kmodpp/context.hpp>

#include "base/environment.hpp"
#include "cli/config_views.hpp"
#include "cli/diagnosis_view.hpp"
#include "cli/document.hpp"
#include "cli/load_errors.hpp"
#include "cli/modprobe_options.hpp"
#include "cli/plan_queries.hpp"
#include "cli/plan_views.hpp"
#include "cli/tool.hpp"
#include "cli/words.hpp"

namespace kmodpp::cli {

namespace {

/// Processes the operands; holds the state that they share.
class Run {
public:
    Run(const ModprobeOptions& options, Mode mode, Messages& messages, Context& context)
        : options_(options),
          messages_(messages),
          context_(context),
          parameter_warnings_(messages),
          diagnoses_(!options.quiet || options.json) {
        execute_.dry_run = mode == Mode::dry_run;
        execute_.first_time = options.first_time;
        execute_.load = load_flags(options);
        execute_.force_unload = options.force;
        execute_.require_signature = options.require_signature;
        const char* const running = trusted_variable(kRunningCommands);
        if (running != nullptr) execute_.running_commands = running;
        execute_.environment = {{kModprobeOptionsVariable, options_for_commands()}};
        // The kernel calls modprobe -q thousands of times: do not check parameters
        // then.
        if (!options.quiet && !execute_.dry_run)
            execute_.parameter_problem = [this](const ParameterProblem& problem) {
                parameter_warnings_.add(problem);
            };
        execute_.passed_over = [this](const Step& step, const Error& error) {
            if (step.command.empty())
                messages_.info("soft dependency '" + step.module +
                               "' is skipped: " + error.message);
            else
                messages_.error(error.message);
        };
        execute_.keep_kernel_log = diagnoses_;
        const bool shows = options.show_depends ||
                           (!options.quiet && (options.verbose || options.dry_run));
        if (options.json)
            execute_.observe = [this](const Step& step) { record(step); };
        else if (shows)
            execute_.observe = [](const Step& step) {
                print(step_line(step));
                if (!step.command.empty()) flush_output();
            };
    }

    /// Prints an error and returns false if MSEC is not a valid number.
    [[nodiscard]] bool read_wait() {
        const auto& text = options_.wait;
        if (!text) return true;
        char* end = nullptr;
        errno = 0;
        const unsigned long wait = std::strtoul(text->c_str(), &end, 10);
        if (errno != 0 || end == text->c_str() || *end != '\0' || text->front() == '-' ||
            wait > 0xffffffffUL) {
            messages_.error("unexpected wait value '" + *text + "'.");
            return false;
        }
        execute_.wait = std::chrono::milliseconds(wait);
        return true;
    }

    /// Prints an error and returns false on failure, as do insert() and remove().
    [[nodiscard]] bool show_names(const std::string& name) {
        const auto modules = context_.look_up(name);
        if (!modules) return report(Priority::fatal, modules.error().message);
        if (modules->empty())
            return report_missing(name, "Module " + name + " not found in directory " +
                                            context_.module_directory());
        for (const std::string& module : *modules) print(module + "\n");
        return true;
    }

    [[nodiscard]] bool insert(const std::string& name, const std::string& parameters) {
        const auto plan = plan_insert(name, parameters);
        if (!plan) return report_no_plan(name, plan.error());
        bool last_done = true;
        if (execute_.parameter_problem && !parameters.empty())
            for (const Goal& goal : plan->goals)
                for (const ParameterProblem& problem :
                     context_.check_builtin_parameters(goal, parameters))
                    execute_.parameter_problem(problem);
        // If an alias matches several modules, the last one decides the exit status.
        for (std::size_t i = 0; i < plan->goals.size(); ++i) {
            const Goal& goal = plan->goals[i];
            report_ignored(goal, parameters);
            ExecuteOptions options = execute_;
            options.plan_again = [&]() -> Result<Goal> {
                auto again = plan_insert(name, parameters);
                if (!again) return std::unexpected(std::move(again).error());
                if (again->goals.size() != plan->goals.size())
                    return std::unexpected(
                        Error{.message = "the new plan has a different number of goals"});
                return std::move(again->goals[i]);
            };
            last_done = finish(goal, context_.execute(goal, options));
        }
        return last_done;
    }

    /// Inserts all modules, independent ones in parallel. Prints the same messages, in
    /// the same order, as calling insert() for each.
    [[nodiscard]] bool insert_all(const std::vector<std::string>& names, unsigned jobs) {
        std::vector<Result<Plan>> plans;
        std::vector<Goal> goals;
        std::vector<std::size_t> operand_of;  // index of the operand of each goal
        for (const std::string& name : names) {
            plans.push_back(plan_insert(name, ""));
            if (!plans.back()) continue;
            for (const Goal& goal : plans.back()->goals) {
                goals.push_back(goal);
                operand_of.push_back(plans.size() - 1);
            }
        }
        std::vector<bool> done(names.size(), true);
        std::size_t reported = 0;
        const auto report_until = [&](std::size_t operand) {
            for (; reported < operand; ++reported)
                if (!plans[reported])
                    done[reported] =
                        report_no_plan(names[reported], plans[reported].error());
        };
        std::size_t number = 0;
        context_.execute_all(goals, execute_, jobs,
                             [&](const Goal& goal, const auto& result) {
                                 const std::size_t operand = operand_of[number++];
                                 report_until(operand);
                                 done[operand] = finish(goal, result);
                             });
        report_until(names.size());
        return std::ranges::all_of(done, std::identity{});
    }

    [[nodiscard]] bool remove(const std::string& name) {
        const auto plan = context_.plan_remove(remove_request(options_, name));
        if (!plan) return report_no_removal(name, plan.error());
        bool all_done = true;
        for (const Goal& goal : plan->goals) {
            const auto done = context_.execute(goal, execute_);
            if (!done)
                all_done = report_failure("remove", goal, done.error(), plain_error_text);
        }
        return all_done;
    }

    /// The result of the run, for --json.
    [[nodiscard]] const Outcome& outcome() {
        outcome_.release = context_.release();
        std::erase_if(outcome_.loaded, [this](const Step& step) {
            return context_.state(step.module) != InitState::live;
        });
        std::erase_if(outcome_.removed, [this](const Step& step) {
            return context_.state(step.module) != InitState::absent;
        });
        return outcome_;
    }

private:
    [[nodiscard]] Result<Plan> plan_insert(const std::string& name,
                                           const std::string& parameters) const {
        return context_.plan_insert(insert_request(options_, name, parameters));
    }

    void record(const Step& step) {
        // After a goal was planned again, its steps may occur twice.
        const auto add = [&step](std::vector<Step>& steps) {
            if (std::ranges::find(steps, step.module, &Step::module) == steps.end())
                steps.push_back(step);
        };
        switch (step.action) {
            case Step::Action::insert: add(outcome_.loaded); break;
            case Step::Action::remove: add(outcome_.removed); break;
            case Step::Action::run_install:
            case Step::Action::run_remove: add(outcome_.commands); break;
            default: break;
        }
    }

    /// Warns that parameters are ignored if the module is already loaded.
    void report_ignored(const Goal& goal, const std::string& parameters) {
        const bool loaded = std::ranges::any_of(goal.steps, [&](const Step& step) {
            return step.module == goal.module.name &&
                   step.action == Step::Action::already_loaded;
        });
        if (!parameters.empty() && loaded &&
            context_.state(goal.module.name).value_or(InitState::absent) ==
                InitState::live)
            messages_.warning(goal.module.name + " is already loaded: '" + parameters +
                              "' is ignored");
    }

    /// Reports the result of a goal; returns false if it failed.
    bool finish(const Goal& goal, const std::expected<void, StepFailure>& result) {
        // A skipped module may have been loaded since, as a dependency of another.
        if (!goal.skipped.empty() &&
            context_.state(goal.module.name) != InitState::live) {
            messages_.info(goal.module.name + " is " + goal.skipped);
            outcome_.skipped.emplace_back(goal.module.name, goal.skipped);
        }
        if (execute_.dry_run)
            for (const std::string& path : context_.missing_files(goal))
                messages_.warning(path + " does not exist: the load would fail");
        if (!result)
            return report_failure("insert", goal, result.error(), modprobe_error_text);
        parameter_warnings_.finish(nullptr);
        return true;
    }

    bool report(Priority priority, const std::string& text) {
        messages_.report(priority, text);
        return false;
    }

    /// With -a, a missing module does not end the run.
    [[nodiscard]] Priority missing_priority() const {
        return options_.all ? Priority::warning : Priority::fatal;
    }

    bool report_no_plan(const std::string& name, const Error& error) {
        outcome_.without_plan.emplace_back(name, error);
        if (error.kind == ErrorKind::conflict)
            return report(Priority::error, "could not insert '" +
                                               module_name(name).value_or(name) +
                                               "': " + error.message);
        if (error.kind != ErrorKind::not_found)
            return report(Priority::fatal, error.message);
        return report_missing(name, error.message);
    }

    bool report_missing(const std::string& name, const std::string& text) {
        report(missing_priority(), text);
        // The kernel calls modprobe -q thousands of times.
        if (options_.quiet) return false;
        show_findings(context_.explain_missing(name), text, missing_priority(),
                      messages_);
        return false;
    }

    bool report_no_removal(const std::string& name, const Error& error) {
        outcome_.without_plan.emplace_back(name, error);
        const bool missing = error.kind == ErrorKind::not_found;
        report(missing ? missing_priority() : Priority::fatal, error.message);
        if (error.kind != ErrorKind::busy) return false;
        const std::string module = module_name(name).value_or(name);
        std::string users;
        if (const auto holders = context_.holders(module))
            for (const std::string& holder : *holders) users += " " + holder;
        if (!users.empty()) {
            outcome_.without_plan.back().second.message += " It is used by:" + users;
            report(Priority::fatal, "It is used by:" + users);
        }
        if (options_.quiet) return false;
        show_diagnosis(context_.diagnose(busy_removal(module), {}),
                       module + " is in use by:" + users, messages_);
        return false;
    }

    bool report_failure(const std::string& verb, const Goal& goal,
                        const StepFailure& failure, std::string (*words)(const Error&)) {
        if (failure.step.action == Step::Action::missing) {
            parameter_warnings_.finish(nullptr);
            outcome_.without_plan.emplace_back(
                goal.module.alias.empty() ? goal.module.name : goal.module.alias,
                failure.error);
            return report_missing(failure.step.module, failure.error.message);
        }
        const std::string message =
            "could not " + verb + " '" + goal.module.name + "': " +
            (failure.step.action == Step::Action::forbidden ? failure.error.message
                                                            : words(failure.error));
        messages_.error(message);
        if (diagnoses_) {
            auto diagnosis = context_.diagnose(failure, execute_.load);
            show_diagnosis(diagnosis, message, messages_);
            if (!diagnosis) {
                parameter_warnings_.finish(nullptr);
                outcome_.without_plan.emplace_back(goal.module.name, failure.error);
                return false;
            }
            parameter_warnings_.finish(&*diagnosis);
            outcome_.refused.push_back(*std::move(diagnosis));
        }
        return false;
    }

    /// MODPROBE_OPTIONS for the commands of the configuration, which may run modprobe.
    [[nodiscard]] std::string options_for_commands() const {
        const char* const inherited = trusted_variable(kModprobeOptionsVariable);
        std::string options = inherited != nullptr ? inherited : "";
        // The arguments already include the inherited options: do not add them twice.
        const auto add = [&options](const std::string& text) {
            if ((" " + options + " ").contains(" " + text + " ")) return;
            if (!options.empty()) options += ' ';
            options += text;
        };
        for (const std::string& path : options_.config)
            add("-C " + quote_shell_word(path));
        if (const auto& root = options_.simulate)
            add("--simulate " + quote_shell_word(*root));
        for (const std::string& path : options_.trust)
            add("--trust " + quote_shell_word(path));
        for (const std::string& module : options_.ignore_forbid)
            add(module.empty() ? "--ignore-forbid"
                               : "--ignore-forbid=" + quote_shell_word(module));
        if (options_.require_signature) add("--require-signature");
        if (const auto& colours = options_.color) add("--color=" + *colours);
        if (options_.syslog) add("-s");
        if (options_.quiet) add("-q");
        if (options_.verbose) add("-v");
        return options;
    }

    const ModprobeOptions& options_;
    Messages& messages_;
    Context& context_;
    ExecuteOptions execute_;
    ParameterWarnings parameter_warnings_;
    bool diagnoses_;
    Outcome outcome_;
};

/// Runs the query that the mode asks for, if any; else returns nullopt.
std::optional<bool> run_view(const ModprobeOptions& options, Mode mode,
                             const Context& context, Messages& messages) {
    const Form form = options.json ? Form::json : Form::text;
    switch (mode) {
        case Mode::show_config: return show_configuration(context, form, messages);
        case Mode::check_config: return show_configuration_check(context, form, messages);
        case Mode::show_modversions:
            return show_symbol_versions(context, options.operands.front(), form,
                                        messages);
        case Mode::show_exports:
            return show_exports(context, options.operands.front(), form, messages);
        case Mode::graph:
        case Mode::explain:
        case Mode::show_plans: return run_plan_query(options, mode, context, messages);
        case Mode::print_names:
        case Mode::dry_run:
        case Mode::execute: break;
    }
    return std::nullopt;
}

/// Processes the operands; returns false if one of them failed.
bool perform(const ModprobeOptions& options, unsigned jobs, Run& run) {
    using Question = Answer::Question;
    const std::vector<std::string>& operands = options.operands;
    const Question question = question_of(options);
    // A single module is followed by its parameters.
    if (question == Question::insert && !options.all)
        return run.insert(operands.front(),
                          join_parameters({operands.begin() + 1, operands.end()}));
    if (question == Question::insert && jobs > 1) return run.insert_all(operands, jobs);
    bool all_done = true;
    for (const std::string& operand : operands) {
        const bool done = question == Question::resolve  ? run.show_names(operand)
                          : question == Question::remove ? run.remove(operand)
                                                         : run.insert(operand, "");
        all_done = all_done && done;
        // Without -a, -R ignores the words after the first, and -r stops at a failure.
        if (!options.all && (question == Question::resolve || !done)) break;
    }
    return all_done;
}

}  // namespace

int run_modprobe(const ModprobeOptions& options, Messages& messages) {
    const Mode mode = mode_of(options);
    if (options.operands.empty() && mode != Mode::show_config &&
        mode != Mode::check_config) {
        messages.error("missing parameters. See -h.");
        return kFailure;
    }
    if (options.quiet) messages.silence();
    auto context = Context::create(context_options(options), messages);
    if (!context)
        return report_failure(context.error(), options, messages, Priority::fatal);
    if (const auto shown = run_view(options, mode, *context, messages))
        return *shown ? kSuccess : kFailure;
    Run run(options, mode, messages, *context);
    if (!run.read_wait()) return kFailure;

    unsigned jobs = 1;
    if (options.jobs) {
        const auto number = read_jobs(*options.jobs, messages);
        if (!number) return kFailure;
        jobs = *number;
    }
    if (!options.json) return perform(options, jobs, run) ? kSuccess : kFailure;
    const bool done = [&] {
        const DocumentOutput document_only;
        return perform(options, jobs, run);
    }();
    print(outcome_document(run.outcome()));
    return done ? kSuccess : kFailure;
}

}  // namespace kmodpp::cli
