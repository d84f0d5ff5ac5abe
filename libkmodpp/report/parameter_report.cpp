// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/parameter_report.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/names.hpp"
#include "base/sort.hpp"
#include "base/text.hpp"
#include "catalog/parameter_check.hpp"
#include "format/parameters.hpp"
#include "kernel/module_files.hpp"
#include "plan/resolver.hpp"
#include "plan/rules.hpp"

namespace kmodpp {

namespace {

constexpr std::array<std::string_view, 4> kAgreements = {"not_compared", "same",
                                                         "different", "unknown"};

/// The parameters of a module while they are collected, by normalised name.
using Rows = std::map<std::string, ParameterStatus, std::less<>>;

void add_declared(const KnownParameters& known, Rows& rows) {
    for (const auto& [name, parameter] : known.all())
        rows[name] = {.name = parameter.name,
                      .type = parameter.type,
                      .description = parameter.description,
                      .mode = parameter.entry ? parameter.entry->perm : 0u};
}

void add_running(const System& system, std::string_view module, Rows& rows) {
    auto parameters = kernel::read_parameters(system.files.root(), module);
    if (!parameters) return system.files.report(parameters.error());
    for (kernel::ShownParameter& shown : *parameters) {
        ParameterStatus& row = rows[normalise_module_name(shown.name)];
        if (row.name.empty()) row.name = std::move(shown.name);
        row.mode = shown.mode;
        row.value = std::move(shown.value);
        row.value_fault = std::move(shown.fault);
    }
}

/// modprobe does not pass parameters to a built-in module: only the kernel's own command
/// line sets them.
bool reaches(const OptionsRule& rule, InitState state) {
    return state != InitState::builtin || rule.origin.line == 0;
}

void add_requested(const std::vector<const OptionsRule*>& rules, InitState state,
                   Rows& rows) {
    for (const OptionsRule* const rule : rules) {
        if (!reaches(*rule, state)) continue;
        for (Parameter& given : split_parameters(rule->options))
            if (const auto row = rows.find(normalise_module_name(given.name));
                row != rows.end())
                row->second.requested = {std::move(given.value), rule->origin};
    }
}

Agreement compare(const KnownParameters& known, const ParameterStatus& row) {
    if (!row.requested || !row.value) return Agreement::not_compared;
    const auto same = known.shows({row.name, row.requested->value}, *row.value);
    if (!same) return Agreement::unknown;
    return *same ? Agreement::same : Agreement::different;
}

/// Possible reasons why the running value is not the requested one, and what to do.
std::string note_on_difference(const std::string& module, InitState state,
                               const ParameterStatus& row) {
    std::string text;
    if (state == InitState::builtin)
        text = "the driver did not accept the value, or it was changed later";
    else if (row.requested->origin.line == 0)
        text = "the module was loaded without modprobe, or the value was changed later";
    else
        text =
            "the module was loaded before the line was written, or without it (by an "
            "initramfs), or the value was changed later";
    text += row.writable() ? cat("; write the value to ", kernel::kSysModule, "/", module,
                                 "/parameters/", printable(row.name), ", ")
                           : "; ";
    return text +
           (state == InitState::builtin ? "reboot" : "reload the module or reboot");
}

void add_problems(const std::vector<const OptionsRule*>& rules,
                  const KnownParameters& known, ModuleParameters& out) {
    if (out.state != InitState::builtin) {
        Step step{.module = out.module};
        for (const OptionsRule* const rule : rules) {
            if (!step.options.empty()) step.options += ' ';
            step.options += rule->options;
            step.option_sources.push_back({rule->options, rule->origin});
        }
        out.problems = check_parameters(step, known);
        return;
    }
    for (const OptionsRule* const rule : rules) {
        if (reaches(*rule, out.state)) continue;
        for (auto& problem : check_builtin_parameters(out.module, rule->options, known)) {
            problem.origin = rule->origin;
            problem.text += cat(" (", rule->origin.describe(), ")");
            out.problems.push_back(std::move(problem));
        }
    }
}

ModuleParameters report_module(const System& system, const std::string& module) {
    ModuleParameters out{.module = module, .state = system.state(module)};
    auto known = read_known_parameters(system.catalog, module);
    if (!known) {
        out.file_fault = std::move(known).error().message;
        known = KnownParameters::of_builtin({});
    }
    Rows rows;
    add_declared(*known, rows);
    if (system.is_own_tree) add_running(system, module, rows);
    const auto rules = options_for(system.catalog.config(), module, {});
    add_requested(rules, out.state, rows);
    add_problems(rules, *known, out);
    for (auto& [name, row] : rows) {
        row.agreement = compare(*known, row);
        if (row.agreement == Agreement::different)
            row.note = note_on_difference(module, out.state, row);
        out.parameters.push_back(std::move(row));
    }
    return out;
}

}  // namespace

std::string_view to_string(Agreement agreement) {
    return kAgreements[std::to_underlying(agreement)];
}

Result<std::vector<ModuleParameters>> report_parameters(const System& system,
                                                        std::string_view name) {
    TRY_ASSIGN(const auto modules, look_up(system.catalog, name));
    std::vector<ModuleParameters> reports;
    for (const NamedModule& module : modules)
        reports.push_back(report_module(system, module.name));
    if (!reports.empty()) return reports;
    // A loaded module may have no file any more.
    std::string loaded = normalise_module_name(name);
    if (is_entry_name(loaded) && system.state(loaded) != InitState::absent)
        return std::vector{report_module(system, loaded)};
    return fail(ErrorKind::not_found, cat("Module ", printable(name), " not found."),
                ENOENT);
}

Result<std::vector<ModuleParameters>> report_loaded_parameters(const System& system) {
    TRY_ASSIGN(auto modules, system.kernel.modules());
    sort_by(modules, &LoadedModule::name);
    std::vector<ModuleParameters> reports;
    for (const LoadedModule& module : modules) {
        auto report = report_module(system, module.name);
        if (!report.parameters.empty() || !report.problems.empty())
            reports.push_back(std::move(report));
    }
    return reports;
}

}  // namespace kmodpp
