// SPDX-License-Identifier: LGPL-2.1-or-later
// Explains plans as text, for --explain.
#include <algorithm>
#include <string_view>

#include "cli/hex.hpp"
#include "cli/plan_views.hpp"

namespace kmodpp::cli {

namespace {

/// Escapes control characters in names, paths and options, so that untrusted text
/// cannot add lines to the output.
std::string visible(std::string_view text) {
    std::string shown;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f)
            shown += c;
        else
            append_escaped(shown, std::string_view(&c, 1));
    }
    return shown;
}

std::string origin_text(const Origin& origin) {
    const std::string text = visible(origin.describe());
    return origin.line == 0 ? "the " + text : text;
}

/// "a, b and c".
std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
        text += visible(names[i]);
    }
    return text;
}

class Explanation {
public:
    Explanation(const Answer& answer, const ModuleGraph* graph)
        : answer_(answer), graph_(graph) {}

    StyledText text() {
        if (answer_.trace) explain_name(*answer_.trace);
        for (std::size_t i = 0; i < answer_.plan.goals.size(); ++i)
            explain_goal(answer_.plan.goals[i], answer_.forecasts_of(i));
        const bool known = !answer_.trace || !answer_.trace->modules.empty();
        if (answer_.error && known)
            line(0, "It would fail: " + visible(answer_.error->message), Style::bad);
        return std::move(text_);
    }

private:
    void line(std::size_t indentation, const std::string& text,
              Style style = Style::plain) {
        text_ += std::string(indentation, ' ');
        text_.add(style, text) += "\n";
    }

    void explain_name(const NameTrace& trace) {
        const std::string name = "'" + visible(trace.name) + "'";
        if (!trace.modules.empty() && trace.modules[0].source == NameSource::path)
            return line(
                0, name + " is the file of module " + visible(trace.modules[0].name));
        if (trace.normalised.empty())
            return line(0, name + " is not a valid module name", Style::bad);
        const std::string start =
            name + (trace.normalised == trace.name
                        ? std::string()
                        : ", looked up as '" + visible(trace.normalised) + "',");
        if (trace.modules.empty())
            line(0, start + " was not found", Style::bad);
        else
            line(0, start + " was found");
        for (const AskedSource& asked : trace.asked) explain_source(asked, trace);
        if (!trace.nearest.empty())
            line(0, "Did you mean '" + visible(trace.nearest) + "'?");
    }

    void explain_source(const AskedSource& asked, const NameTrace& trace) {
        const std::string source(to_string(asked.source));
        if (!asked.there)
            return line(
                2, source + ": no match, " + visible(asked.file) + " does not exist");
        if (asked.answers == 0) return line(2, source + ": no match");
        for (const NamedModule& module : trace.modules) {
            std::string text = source + ": " + visible(module.name);
            if (!module.pattern.empty())
                text += ", matched by the pattern '" + visible(module.pattern) + "'";
            if (!module.origin.empty()) text += ", " + origin_text(module.origin);
            line(2, text);
        }
    }

    static bool is_done(const Step& step) {
        switch (step.action) {
            case Step::Action::insert:
            case Step::Action::remove:
            case Step::Action::run_install:
            case Step::Action::run_remove: return true;
            case Step::Action::builtin:
            case Step::Action::already_loaded:
            case Step::Action::missing:
            case Step::Action::kept:
            case Step::Action::forbidden: break;
        }
        return false;
    }

    void explain_goal(const Goal& goal, std::span<const LoadForecast> forecasts) {
        const std::string verb =
            answer_.question == Answer::Question::remove ? "remove " : "load ";
        const std::string module = visible(goal.module.name);
        if (!goal.skipped.empty())
            return line(0, module + " is skipped: " + visible(goal.skipped),
                        Style::warning);
        std::vector<const Step*> skipped;
        std::size_t number = 0;
        for (const Step& step : goal.steps) {
            if (step.repeated) continue;
            const bool cannot_be_loaded = step.action == Step::Action::missing ||
                                          step.action == Step::Action::forbidden;
            if (cannot_be_loaded && step.required)
                return line(0, module + " cannot be loaded: " + visible(step.note),
                            Style::bad);
            if (!is_done(step)) {
                skipped.push_back(&step);
                continue;
            }
            if (number++ == 0) line(0, "To " + verb + module + ":", Style::heading);
            explain_step(step, number, find_forecast(forecasts, step));
        }
        if (number == 0) line(0, "Nothing to do for " + module + ":", Style::heading);
        if (number > 0 && !skipped.empty()) line(2, "skipped:");
        for (const Step* step : skipped) explain_skipped(*step);
    }

    void explain_step(const Step& step, std::size_t number,
                      const LoadForecast* forecast) {
        std::string head = "  " + std::to_string(number) + ". ";
        const std::size_t indentation = head.size();
        switch (step.action) {
            case Step::Action::insert: head += "insmod " + step.path; break;
            case Step::Action::remove: head += "rmmod " + step.module; break;
            case Step::Action::run_install: head += "install " + step.command; break;
            default: head += "remove " + step.command; break;
        }
        line(0, visible(head));
        line(indentation, reason(step));
        for (const auto& [file, outdated] : other_files(answer_.hidden, step))
            line(indentation,
                 (outdated
                      ? "modules.dep is outdated, depmod now uses " + visible(file->taken)
                      : "hides " + visible(file->path)) +
                     ": " + visible(file->reason) +
                     (file->origin.empty() ? "" : ", " + origin_text(file->origin)));
        if (!step.command.empty())
            line(indentation, "command for " + visible(step.module) + ": " +
                                  origin_text(step.command_origin));
        for (const OptionSource& option : step.option_sources)
            line(indentation,
                 "option " + visible(option.text) + ": " + origin_text(option.origin));
        if (!step.blacklist.empty())
            line(indentation,
                 std::string("blacklisted, but ") +
                     (step.cause.kind == Cause::Kind::named
                          ? "without -b this only applies to aliases: "
                          : "this does not apply to dependencies: ") +
                     origin_text(step.blacklist),
                 Style::warning);
        if (!step.forbid.empty())
            line(indentation,
                 "forbidden, but --ignore-forbid overrides it: " +
                     origin_text(step.forbid),
                 Style::warning);
        if (forecast != nullptr) explain_forecast(*forecast, indentation);
    }

    void explain_forecast(const LoadForecast& forecast, std::size_t indentation) {
        for (const ParameterProblem& problem : forecast.ignored_parameters)
            line(indentation, visible(problem.text), Style::warning);
        if (!forecast.refusal) return;
        for (const Finding& finding : forecast.refusal->findings) {
            line(indentation, "it would fail: " + visible(finding.text), Style::bad);
            if (!finding.advice.empty()) line(indentation + 2, visible(finding.advice));
        }
    }

    void explain_skipped(const Step& step) {
        std::string why;
        Style style = Style::plain;
        switch (step.action) {
            case Step::Action::builtin: why = "built into the kernel"; break;
            case Step::Action::already_loaded:
                why = step.note.empty() ? "already loaded" : visible(step.note);
                break;
            case Step::Action::missing:
                why = "not found";
                style = Style::warning;
                break;
            case Step::Action::forbidden:
                why = visible(step.note);
                style = Style::warning;
                break;
            default: why = "kept, " + visible(step.note); break;
        }
        text_ += "  - " + visible(step.module) + ": ";
        text_.add(style, why) += "; " + reason(step) + "\n";
        if (!step.forbid.empty() && step.action != Step::Action::forbidden)
            line(4, "the forbid line has no effect: " + origin_text(step.forbid));
        for (const OptionSource& option : step.option_sources)
            line(4, "option " + visible(option.text) +
                        " has no effect: " + origin_text(option.origin));
    }

    std::string reason(const Step& step) const {
        const Cause& cause = step.cause;
        const std::string of = visible(cause.of);
        switch (cause.kind) {
            case Cause::Kind::named: return "requested";
            case Cause::Kind::dependency: return "needed by " + dependents(step);
            case Cause::Kind::pre_softdep:
            case Cause::Kind::post_softdep: {
                std::string text =
                    "soft dependency of " + of +
                    (cause.kind == Cause::Kind::pre_softdep ? ", before it"
                                                            : ", after it");
                // The soft dependency may be an alias of the module.
                std::string softdep = cause.softdep;
                std::ranges::replace(softdep, '-', '_');
                if (softdep != step.module && cause.softdep != step.module)
                    text += ", as '" + visible(cause.softdep) + "'";
                return text + ": " + origin_text(cause.origin);
            }
            case Cause::Kind::holder: return "uses " + of;
            case Cause::Kind::unused_dependency:
                return is_done(step)
                           ? "was needed by " + of + ", and nothing else uses it"
                           : "was needed by " + of;
        }
        return {};
    }

    /// The modules that need it directly. A line of modules.dep does not
    /// distinguish these from indirect ones, so the graph is used.
    std::string dependents(const Step& step) const {
        std::vector<std::string> names;
        if (graph_ != nullptr) {
            for (const ModuleGraph::Edge& edge : graph_->edges)
                if (edge.kind == ModuleGraph::Edge::Kind::dependency &&
                    graph_->nodes[edge.to].name == step.module)
                    names.push_back(graph_->nodes[edge.from].name);
        }
        if (names.empty()) names.push_back(step.cause.of);
        return listed(names);
    }

    const Answer& answer_;
    const ModuleGraph* graph_;
    StyledText text_;
};

}  // namespace

StyledText explain(const Answer& answer, const ModuleGraph* graph) {
    return Explanation(answer, graph).text();
}

}  // namespace kmodpp::cli
