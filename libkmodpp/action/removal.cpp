// SPDX-License-Identifier: LGPL-2.1-or-later
// The plan of a removal: what goes, in which order, and what it frees.
#include <algorithm>
#include <cerrno>
#include <map>
#include <ranges>
#include <set>

#include "action/resolver.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "base/wildcard.hpp"

namespace kmodpp {

namespace {

/// What the kernel holds while the plan is thought through: each planned removal takes
/// its module out and drops its references.
class LoadedModules {
public:
    explicit LoadedModules(const std::vector<LoadedModule>& modules) {
        for (const LoadedModule& module : modules) modules_.emplace(module.name, module);
    }

    /// Null when it is not loaded, or no longer.
    [[nodiscard]] const LoadedModule* find(std::string_view name) const {
        const auto at = modules_.find(name);
        return at == modules_.end() ? nullptr : &at->second;
    }

    void take_out(const std::string& name) {
        modules_.erase(name);
        for (auto& [other, module] : modules_)
            if (std::erase(module.holders, name) > 0 && module.refcount)
                --*module.refcount;
    }

private:
    std::map<std::string, LoadedModule, std::less<>> modules_;
};

class RemovalBuilder {
public:
    RemovalBuilder(Catalog& catalog, LoadedModules& loaded, const RemoveRequest& request)
        : catalog_(catalog), loaded_(loaded), request_(request) {}

    Result<Goal> build(const NamedModule& module) {
        goal_.module = module.name;
        goal_.alias = module.alias;
        goal_.source = module.source;
        if (remove_command(module.name) == nullptr &&
            loaded_.find(module.name) == nullptr) {
            TRY_ASSIGN(const bool builtin, catalog_.is_builtin(module.name));
            if (builtin)
                return fail(ErrorKind::not_found,
                            cat("Module ", module.name, " is builtin."), ENOENT);
            if (request_.first_time)
                return fail(ErrorKind::not_found,
                            cat("Module ", module.name, " is not in kernel."), ENOENT);
            goal_.skipped = "not loaded";
            return goal_;
        }
        TRY(remove(module.name, true, "named"));
        return std::move(goal_);
    }

private:
    Status remove(const std::string& name, bool required, const std::string& reason) {
        if (!visited_.insert(name).second) return {};
        const CommandRule* command = remove_command(name);
        if (command == nullptr && loaded_.find(name) == nullptr) return {};

        TRY(remove_softdeps(name, &SoftdepRule::post));
        if (request_.remove_holders && loaded_.find(name) != nullptr) {
            const std::vector<std::string> holders = loaded_.find(name)->holders;
            for (const std::string& holder : holders)
                TRY(remove(holder, required, cat("uses ", name)));
        }
        const LoadedModule* module = loaded_.find(name);
        if (command == nullptr && module != nullptr && module->refcount.value_or(0) > 0 &&
            !(request_.wait && module->holders.empty())) {
            if (!required) {
                // What uses it may go later in this plan, and then so may it.
                visited_.erase(name);
                return {};
            }
            return fail(ErrorKind::busy, cat("Module ", name, " is in use."), EBUSY);
        }
        add_step(name, command, required, reason);
        loaded_.take_out(name);
        TRY(remove_unused_dependencies(name));
        return remove_softdeps(name, &SoftdepRule::pre);
    }

    void add_step(const std::string& name, const CommandRule* command, bool required,
                  const std::string& reason) {
        Step step;
        step.action =
            command != nullptr ? Step::Action::run_remove : Step::Action::remove;
        step.module = name;
        step.required = required;
        step.reason = reason;
        if (command != nullptr) {
            step.command = command->command;
            step.reason += cat("; remove command of ", command->origin.describe());
        }
        goal_.steps.push_back(std::move(step));
    }

    Status remove_unused_dependencies(const std::string& name) {
        TRY_ASSIGN(const auto entry, catalog_.find_module(name));
        if (!entry) return {};
        for (const std::string& path : entry->dependencies) {
            const std::string dependency = module_name_of_path(path);
            const LoadedModule* module = loaded_.find(dependency);
            if (module == nullptr || module->refcount.value_or(1) != 0 ||
                module->permanent)
                continue;
            TRY(remove(dependency, false, cat("no longer used by ", name)));
        }
        return {};
    }

    Status remove_softdeps(const std::string& name,
                           std::vector<std::string> SoftdepRule::*side) {
        if (request_.ignore_commands) return {};
        const SoftdepRule* const rule = softdeps_of(catalog_.config(), {name, {}, {}});
        if (rule == nullptr) return {};
        for (const std::string& softdep : std::views::reverse(rule->*side)) {
            TRY_ASSIGN(const auto found, look_up(catalog_, softdep));
            for (const NamedModule& module : std::views::reverse(found))
                TRY(remove(module.name, false,
                           cat("softdep of ", name, " (", rule->origin.describe(), ")")));
        }
        return {};
    }

    const CommandRule* remove_command(std::string_view name) const {
        if (request_.ignore_commands) return nullptr;
        const auto& rules = catalog_.config().remove;
        const auto rule = std::ranges::find_if(rules, [name](const CommandRule& r) {
            return wildcard_match(r.module, name);
        });
        return rule == rules.end() ? nullptr : &*rule;
    }

    Catalog& catalog_;
    LoadedModules& loaded_;
    const RemoveRequest& request_;
    Goal goal_;
    std::set<std::string> visited_;
};

}  // namespace

Result<Plan> plan_remove(Catalog& catalog, const std::vector<LoadedModule>& modules,
                         const RemoveRequest& request) {
    LoadedModules loaded(modules);
    std::vector<NamedModule> named;
    if (is_module_path(request.name)) {
        named.push_back({module_name_of_path(request.name), {}, NameSource::path});
    } else {
        TRY_ASSIGN(named, look_up(catalog, request.name));
        // The databases need not know it: another kernel's tree, or a file loaded by
        // path.
        const std::string name = normalise_module_name(request.name);
        if (named.empty() && loaded.find(name) != nullptr)
            named.push_back({name, {}, NameSource::module_name});
    }
    if (named.empty())
        return fail(ErrorKind::not_found,
                    cat("Module ", printable(request.name), " not found."), ENOENT);

    Plan plan;
    for (const NamedModule& module : named) {
        TRY_ASSIGN(auto goal, RemovalBuilder(catalog, loaded, request).build(module));
        plan.goals.push_back(std::move(goal));
    }
    return plan;
}

}  // namespace kmodpp
