// SPDX-License-Identifier: LGPL-2.1-or-later
#include "diagnose/foresight.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include "catalog/parameter_check.hpp"
#include "diagnose/load_case.hpp"
#include "plan/step_file.hpp"

namespace kmodpp {

namespace {

/// An examination and the errno that it explains.
struct Check {
    int code;
    void (*examine)(LoadCase&);
    bool needs_own_kernel;  ///< reads the state of the running kernel
};

/// In the kernel's order, except that vermagic comes before the signature.
constexpr std::array<Check, 7> kChecks = {{
    {ENOEXEC, examine_file, false},
    {ENOEXEC, examine_vermagic, false},
    {EKEYREJECTED, examine_policy, true},
    {ENOENT, examine_missing_symbols, true},
    {EINVAL, examine_symbol_versions, true},
    {EINVAL, examine_namespaces, true},
    {EINVAL, examine_parameters, false},
}};

/// Whether only kernels without CONFIG_MODULE_FORCE_LOAD refuse such a module.
bool is_uncertain(const Finding& finding) {
    return finding.cause == FailureCause::no_vermagic ||
           finding.cause == FailureCause::no_symbol_versions;
}

LoadForecast foresee_step(const Step& step, LoadFlags flags,
                          const DiagnosisSources& sources, const NameSet& loaded_before) {
    LoadForecast forecast;
    forecast.module = step.module;
    auto file = open_step_file(sources.root, step.path);
    StepFailure failure{step, {}, {}};
    if (!file) {
        forecast.refusal =
            Diagnosis{.module = step.module,
                      .path = step.path,
                      .code = file.error().code,
                      .findings = {unusable_file(file.error(), step.path, sources)}};
        return forecast;
    }
    for (ParameterProblem& problem : check_parameters(step, *file))
        if (problem.kind == ParameterProblem::Kind::unknown)
            forecast.ignored_parameters.push_back(std::move(problem));
    Diagnosis refusal;
    refusal.path = step.path;
    LoadCase load(failure, flags, sources, refusal, *file);
    load.loaded_before = loaded_before;
    for (const Check& check : kChecks) {
        if (check.needs_own_kernel && sources.is_other_kernel) continue;
        failure.error.code = check.code;
        check.examine(load);
        std::erase_if(refusal.findings, is_uncertain);
        if (!load.found_something()) continue;
        refusal.module = load.name;
        refusal.code = check.code;
        forecast.refusal = std::move(refusal);
        break;
    }
    return forecast;
}

}  // namespace

std::vector<LoadForecast> foresee(const Goal& goal, LoadFlags flags,
                                  const DiagnosisSources& sources) {
    std::vector<LoadForecast> forecasts;
    NameSet loaded_before;
    for (const Step& step : goal.steps) {
        if (step.action == Step::Action::insert && !step.repeated) {
            LoadForecast forecast = foresee_step(step, flags, sources, loaded_before);
            if (forecast.refusal || !forecast.ignored_parameters.empty())
                forecasts.push_back(std::move(forecast));
        }
        loaded_before.insert(step.module);
    }
    return forecasts;
}

}  // namespace kmodpp
