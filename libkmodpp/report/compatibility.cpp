// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/compatibility.hpp"

#include <utility>

#include "base/names.hpp"
#include "diagnose/foresight.hpp"
#include "diagnose/load_case.hpp"
#include "io/absolute_path.hpp"
#include "plan/step_file.hpp"
#include "report/installed_kernel.hpp"

namespace kmodpp {

namespace {

/// A goal that only loads the file.
Goal goal_of(const ModuleCompatibility& module) {
    Step step;
    step.path = module.path;
    step.module = module.module;
    Goal goal;
    goal.module.name = step.module;
    goal.steps.push_back(std::move(step));
    return goal;
}

}  // namespace

Result<std::vector<ModuleCompatibility>> check_compatibility(
    const CompatibilityRequest& request, Catalog& catalog, const DepmodConfig& config,
    const std::function<const trust::TrustStore*()>& certificates,
    MessageSink& messages) {
    TRY(require_databases(catalog));
    TRY_ASSIGN(
        const auto kernel,
        InstalledKernel::open(catalog, config, request.require_signature, messages));
    const DiagnosisSources sources{catalog.root(), *kernel, catalog,
                                   certificates,   false,   true};
    std::vector<ModuleCompatibility> modules;
    for (const std::string& path : request.files) {
        std::string absolute = io::absolute_path(path);
        std::string name = module_name_of_path(absolute);
        modules.push_back({std::move(absolute), std::move(name)});
        if (auto file = open_step_file(catalog.root(), modules.back().path))
            kernel->add_file(*file, modules.back().module);
    }
    for (ModuleCompatibility& module : modules) {
        for (LoadForecast& forecast : foresee(goal_of(module), {}, sources))
            module.refusal = std::move(forecast.refusal);
        const auto assumed = kernel->take_assumed();
        module.unchecked.assign(assumed.begin(), assumed.end());
    }
    return modules;
}

}  // namespace kmodpp
