// SPDX-License-Identifier: LGPL-2.1-or-later
// Implements the functions of Context that explain and check.
#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/guarded.hpp"
#include "base/silent_sink.hpp"
#include "base/sort.hpp"
#include "catalog/parameter_check.hpp"
#include "context/parts.hpp"
#include "diagnose/config_check.hpp"
#include "diagnose/diagnosis.hpp"
#include "diagnose/foresight.hpp"
#include "diagnose/missing_module.hpp"
#include "plan/description.hpp"
#include "plan/graph.hpp"
#include "trust/check_signature.hpp"

namespace kmodpp {

Result<NameTrace> Context::trace_name(std::string_view name) const {
    return guarded([&]() -> Result<NameTrace> {
        return kmodpp::trace_name(parts_->catalog(), name);
    });
}

Result<ModuleGraph> Context::graph(std::span<const std::string> names) const {
    return guarded([&]() -> Result<ModuleGraph> {
        return draw_graph(parts_->catalog(), parts_->planned_query(), names);
    });
}

Result<std::vector<VerifiedModule>> Context::verify(std::string_view name,
                                                    NameKind kind) const {
    return guarded([&]() -> Result<std::vector<VerifiedModule>> {
        TRY_ASSIGN(const auto modules, parts_->locate(name, kind));
        TRY_ASSIGN(const trust::TrustStore* const store, parts_->trust_store());
        return trust::check_signatures(modules, *store);
    });
}

Result<std::vector<VerifiedModule>> Context::verify_all(
    const std::function<void(std::size_t, std::size_t)>& progress) const {
    return guarded([&]() -> Result<std::vector<VerifiedModule>> {
        TRY_ASSIGN(ScanResult found, parts_->scan(true, parts_->messages));
        sort_by(found.modules, &FoundModule::path);
        TRY_ASSIGN(const trust::TrustStore* const store, parts_->trust_store());
        std::vector<ModuleLocation> modules;
        for (FoundModule& module : found.modules)
            modules.push_back(
                {std::move(module.name), &parts_->root, std::move(module.path)});
        return trust::check_signatures(modules, *store, {.progress = progress});
    });
}

Result<ConfigReport> Context::check_configuration() const {
    return guarded(
        [&]() -> Result<ConfigReport> { return check_config(parts_->catalog()); });
}

Result<Diagnosis> Context::diagnose(const StepFailure& failure, LoadFlags flags) const {
    return guarded([&]() -> Result<Diagnosis> {
        // Memory ran out before the first step.
        if (failure.step.module.empty() && failure.error.code == ENOMEM)
            return std::unexpected(failure.error);
        // If no catalog is open, the configuration was not used: diagnose without it.
        std::optional<Catalog> databases;
        if (!parts_->opened) databases.emplace(parts_->make_catalog(no_configuration()));
        return kmodpp::diagnose(
            failure, flags,
            {parts_->root, *parts_->kernel, databases ? *databases : *parts_->opened,
             parts_->certificates()});
    });
}

Result<std::vector<LoadForecast>> Context::foresee(const Goal& goal,
                                                   LoadFlags flags) const {
    return guarded([&]() -> Result<std::vector<LoadForecast>> {
        const bool is_own_tree =
            parts_->kernel->release().value_or("") == parts_->release &&
            (parts_->simulated_root || parts_->root.is_host());
        return kmodpp::foresee(goal, flags,
                               {parts_->root, *parts_->kernel, parts_->catalog(),
                                parts_->certificates(), !is_own_tree});
    });
}

Result<std::vector<HiddenFile>> Context::hidden_files() const {
    return guarded([&]() -> Result<std::vector<HiddenFile>> {
        // depmod reports what it cannot read.
        SilentSink silence;
        TRY_ASSIGN(ScanResult found, parts_->scan(false, silence));
        return std::move(found.hidden);
    });
}

Result<std::vector<Finding>> Context::explain_missing(std::string_view name) const {
    return guarded([&]() -> Result<std::vector<Finding>> {
        return kmodpp::explain_missing(name, parts_->catalog(), *parts_->kernel);
    });
}

std::vector<ParameterProblem> Context::check_builtin_parameters(
    const Goal& goal, const std::string& parameters) const {
    return guarded(
        std::vector<ParameterProblem>{}, [&]() -> std::vector<ParameterProblem> {
            const auto loads_it = [&](const Step& step) {
                return step.module == goal.module.name &&
                       (step.action == Step::Action::insert ||
                        step.action == Step::Action::run_install);
            };
            if (parameters.empty() || std::ranges::any_of(goal.steps, loads_it) ||
                (goal.module.source != NameSource::builtin_alias &&
                 state(goal.module.name) != InitState::builtin))
                return {};
            const auto known = read_known_parameters(parts_->catalog(), goal.module.name);
            return kmodpp::check_builtin_parameters(
                goal.module.name, parameters,
                known.value_or(KnownParameters::of_builtin({})));
        });
}

}  // namespace kmodpp
