// SPDX-License-Identifier: LGPL-2.1-or-later
// Implements the reports of Context about a whole system or release.
#include "context/parts.hpp"

#include "base/guarded.hpp"
#include "catalog/depmod_rules.hpp"
#include "plan/graph.hpp"
#include "report/compatibility.hpp"
#include "report/installed_modules.hpp"
#include "report/relations.hpp"
#include "report/release_contents.hpp"
#include "report/release_diff.hpp"
#include "report/release_place.hpp"
#include "report/unused.hpp"
#include "report/weak_updates.hpp"

namespace kmodpp {

Result<std::vector<InstalledModule>> Context::modules() const {
    return guarded([&]() -> Result<std::vector<InstalledModule>> {
        return list_installed_modules(parts_->catalog());
    });
}

Result<ModuleGraph> Context::relations(const RelationsRequest& request) const {
    return guarded([&]() -> Result<ModuleGraph> {
        if (request.loaded) {
            TRY_ASSIGN(const auto modules, parts_->kernel->modules());
            return find_loaded_relations(parts_->catalog(), modules, request);
        }
        if (request.direction == RelationsRequest::Direction::users)
            return find_users(parts_->catalog(), parts_->planned_query(), request.names);
        return draw_graph(parts_->catalog(), parts_->planned_query(), request.names);
    });
}

Result<std::vector<UnusedModule>> Context::unused_modules() const {
    return guarded([&]() -> Result<std::vector<UnusedModule>> {
        return find_unused_modules(*parts_->kernel);
    });
}

Result<ReleaseDiff> Context::compare_releases(
    std::string_view before, std::string_view after,
    const std::function<void(std::size_t, std::size_t)>& progress) const {
    return guarded([&]() -> Result<ReleaseDiff> {
        TRY_ASSIGN(const auto old_place, find_release(parts_->root, before));
        TRY_ASSIGN(const auto new_place, find_release(parts_->root, after));
        const DepmodConfig config =
            read_depmod_config(parts_->host, {}, parts_->messages);
        TRY_ASSIGN(const auto old_release,
                   read_release(old_place, config, parts_->messages, progress));
        TRY_ASSIGN(const auto new_release,
                   read_release(new_place, config, parts_->messages, progress));
        return kmodpp::compare_releases(old_release, new_release);
    });
}

Result<std::vector<ModuleCompatibility>> Context::check_compatibility(
    const CompatibilityRequest& request) const {
    return guarded([&]() -> Result<std::vector<ModuleCompatibility>> {
        const DepmodConfig config =
            read_depmod_config(parts_->host, {}, parts_->messages);
        return kmodpp::check_compatibility(
            request, parts_->catalog(), config, parts_->certificates(), parts_->messages);
    });
}

Result<std::vector<WeakUpdate>> Context::plan_weak_updates(
    const WeakUpdatesRequest& request) const {
    return guarded([&]() -> Result<std::vector<WeakUpdate>> {
        const DepmodConfig config =
            read_depmod_config(parts_->host, {}, parts_->messages);
        return kmodpp::plan_weak_updates(request, parts_->catalog(), config,
                                         parts_->messages);
    });
}

Status Context::apply_weak_updates(const std::vector<WeakUpdate>& updates) {
    return guarded(
        [&]() -> Status { return kmodpp::apply_weak_updates(parts_->root, updates); });
}

Result<std::vector<std::string>> Context::installed_releases() const {
    return guarded([&]() -> Result<std::vector<std::string>> {
        return kmodpp::installed_releases(parts_->root);
    });
}

}  // namespace kmodpp
