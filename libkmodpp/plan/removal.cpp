// SPDX-License-Identifier: LGPL-2.1-or-later
// Plans removals: which modules are removed, in which order, and which dependencies are
// then unused.
#include <algorithm>
#include <cerrno>
#include <map>
#include <ranges>
#include <set>

#include "base/names.hpp"
#include "base/text.hpp"
#include "plan/resolver.hpp"
#include "plan/rules.hpp"
#include "plan/softdeps.hpp"

namespace kmodpp {

namespace {

/// The loaded modules while a plan is made. Each planned removal also removes its module
/// from here and drops its references.
class LoadedModules {
public:
    explicit LoadedModules(const std::vector<LoadedModule>& modules) {
        for (const LoadedModule& module : modules) modules_.emplace(module.name, module);
        for (const LoadedModule& module : modules)
            for (const std::string& holder : module.holders)
                used_by_[holder].push_back(module.name);
    }

    /// Null if it is not loaded or has been removed. The holders may include modules that
    /// have been removed; see holders().
    [[nodiscard]] const LoadedModule* find(std::string_view name) const {
        const auto at = modules_.find(name);
        return at == modules_.end() ? nullptr : &at->second;
    }

    [[nodiscard]] std::vector<std::string> holders(const LoadedModule& module) const {
        std::vector<std::string> holders = module.holders;
        std::erase_if(holders,
                      [this](const std::string& h) { return gone_.contains(h); });
        return holders;
    }

    void remove(const std::string& name) {
        if (modules_.erase(name) == 0) return;
        gone_.insert(name);
        for (const std::string& used : used_by_[name]) {
            const auto at = modules_.find(used);
            if (at != modules_.end() && at->second.refcount) --*at->second.refcount;
        }
    }

private:
    std::map<std::string, LoadedModule, std::less<>> modules_;
    std::map<std::string, std::vector<std::string>> used_by_;  ///< holder -> modules
    std::set<std::string, std::less<>> gone_;
};

/// Plans one removal. Uses an explicit stack instead of recursion, because holders and
/// soft dependencies may be nested deeply.
class RemovalBuilder {
public:
    RemovalBuilder(Catalog& catalog, LoadedModules& loaded, const RemoveRequest& request)
        : catalog_(catalog),
          loaded_(loaded),
          request_(request),
          softdeps_(catalog.config()) {}

    Result<Goal> build(const NamedModule& module) {
        goal_.module = module;
        if (remove_command(module.name) == nullptr &&
            loaded_.find(module.name) == nullptr) {
            TRY_ASSIGN(const bool builtin, is_builtin(catalog_, module));
            if (builtin)
                return fail(ErrorKind::not_found,
                            cat("Module ", module.name, " is builtin."), ENOENT);
            if (request_.first_time)
                return fail(ErrorKind::not_found,
                            cat("Module ", module.name, " is not in kernel."), ENOENT);
            goal_.skipped = "not loaded";
            return std::move(goal_);
        }
        begin({module.name, true, {}});
        TRY(walk());
        add_kept_modules();
        return std::move(goal_);
    }

private:
    /// A module that may have to be removed.
    struct Candidate {
        std::string name;
        bool required = false;
        Cause cause;
    };
    /// A module to remove, with the modules to remove before and after it.
    struct Visit {
        enum class Phase {
            post_softdeps,
            holders,
            itself,
            dependencies,
            pre_softdeps,
            done
        };
        Candidate module;
        Phase phase = Phase::post_softdeps;
        std::vector<Candidate> others = {};  ///< to be handled before the phase
        std::size_t next = 0;
        std::vector<std::string> dependencies = {};  ///< paths, to be handled after those
        std::size_t next_dependency = 0;
    };
    using Side = std::vector<std::string> SoftdepNames::*;

    Status walk() {
        using Phase = Visit::Phase;
        while (!visits_.empty()) {
            Visit& visit = visits_.back();
            if (visit.next < visit.others.size()) {
                begin(std::move(visit.others[visit.next++]));
                continue;
            }
            // Not stored as candidates, because a chain has many, and most are removed
            // when their turn comes.
            if (visit.next_dependency < visit.dependencies.size()) {
                begin(
                    {module_name_of_path(visit.dependencies[visit.next_dependency++]),
                     false,
                     {.kind = Cause::Kind::unused_dependency, .of = visit.module.name}});
                continue;
            }
            visit.others.clear();
            visit.next = 0;
            switch (visit.phase) {
                case Phase::post_softdeps:
                    visit.phase = Phase::holders;
                    TRY(add_softdeps(visit, &SoftdepNames::post));
                    break;
                case Phase::holders:
                    visit.phase = Phase::itself;
                    if (request_.remove_holders) add_holders(visit);
                    break;
                case Phase::itself: {
                    visit.phase = Phase::dependencies;
                    TRY_ASSIGN(const bool added, add_step(visit.module));
                    if (!added) visits_.pop_back();
                    break;
                }
                case Phase::dependencies:
                    visit.phase = Phase::pre_softdeps;
                    // A remove command also has to remove the dependencies.
                    if (remove_command(visit.module.name) == nullptr)
                        TRY(add_dependencies(visit));
                    break;
                case Phase::pre_softdeps:
                    visit.phase = Phase::done;
                    TRY(add_softdeps(visit, &SoftdepNames::pre));
                    break;
                case Phase::done: visits_.pop_back(); break;
            }
        }
        return {};
    }

    void begin(Candidate candidate) {
        const LoadedModule* const module = loaded_.find(candidate.name);
        if (module == nullptr &&
            (candidate.cause.kind == Cause::Kind::unused_dependency ||
             remove_command(candidate.name) == nullptr))
            return;
        if (candidate.cause.kind == Cause::Kind::unused_dependency &&
            !is_unused(*module)) {
            kept_.push_back(std::move(candidate));
            return;
        }
        const auto [at, is_new] = visited_.try_emplace(candidate.name, Verdict::removed);
        // The modules that used it may have been removed since.
        const bool is_free_now = at->second == Verdict::kept && module != nullptr &&
                                 !is_busy(*module, candidate.required);
        if (!is_new && !is_free_now) return;
        at->second = Verdict::removed;
        visits_.push_back({.module = std::move(candidate)});
    }

    [[nodiscard]] static bool is_unused(const LoadedModule& module) {
        return module.refcount == 0 && !module.permanent;
    }
    /// With request_.wait, a module may still be released. For the named module, this
    /// also applies to its holders, which another process may remove.
    [[nodiscard]] bool is_busy(const LoadedModule& module, bool required) const {
        return module.refcount.value_or(0) > 0 &&
               !(request_.wait && (required || loaded_.holders(module).empty()));
    }

    /// Returns false if the module is in use and therefore kept.
    Result<bool> add_step(const Candidate& candidate) {
        const CommandRule* const command = remove_command(candidate.name);
        const LoadedModule* const module = loaded_.find(candidate.name);
        if (command == nullptr && module != nullptr &&
            is_busy(*module, candidate.required)) {
            if (candidate.required)
                return fail(ErrorKind::busy,
                            cat("Module ", candidate.name, " is in use."), EBUSY);
            visited_[candidate.name] = Verdict::kept;
            kept_.push_back(candidate);
            return false;
        }
        Step step;
        step.action =
            command != nullptr ? Step::Action::run_remove : Step::Action::remove;
        step.module = candidate.name;
        step.required = candidate.required;
        step.cause = candidate.cause;
        if (command != nullptr) {
            step.command = command->command;
            step.command_origin = command->origin;
        }
        goal_.steps.push_back(std::move(step));
        // A module that is waited for is only removed after its holders, so they do not
        // keep its dependencies either.
        if (request_.wait && candidate.required) remove_holders_of(candidate.name);
        // The effect of a command is unknown; assume that it removes a required module
        // or a holder.
        if (command == nullptr || candidate.required || request_.remove_holders)
            loaded_.remove(candidate.name);
        return true;
    }

    void remove_holders_of(const std::string& name) {
        std::set<std::string> found{name};
        std::vector<std::string> users{name};
        for (std::size_t i = 0; i < users.size(); ++i)
            if (const LoadedModule* const module = loaded_.find(users[i]))
                for (const std::string& holder : loaded_.holders(*module))
                    if (found.insert(holder).second) users.push_back(holder);
        for (const std::string& user : users | std::views::drop(1)) loaded_.remove(user);
    }

    void add_holders(Visit& visit) const {
        const LoadedModule* const module = loaded_.find(visit.module.name);
        if (module == nullptr) return;
        for (std::string& holder : loaded_.holders(*module))
            visit.others.push_back(
                {std::move(holder),
                 visit.module.required,
                 {.kind = Cause::Kind::holder, .of = visit.module.name}});
    }

    Status add_dependencies(Visit& visit) {
        TRY_ASSIGN(auto entry, catalog_.find_module(visit.module.name));
        if (entry) visit.dependencies = std::move(entry->dependencies);
        return {};
    }

    Status add_softdeps(Visit& visit, Side side) {
        if (request_.ignore_commands) return {};
        const auto kind = side == &SoftdepNames::pre ? Cause::Kind::pre_softdep
                                                     : Cause::Kind::post_softdep;
        // Soft dependencies are removed in the reverse order of loading.
        const auto lines = softdeps_.of({.name = visit.module.name});
        for (const std::size_t number : std::views::reverse(lines)) {
            const SoftdepRule& rule = catalog_.config().softdeps[number];
            const SoftdepNames names = rule.names();
            for (const std::string& softdep : std::views::reverse(names.*side)) {
                TRY_ASSIGN(const auto* const found, look_up_once(softdep));
                for (const NamedModule& module : std::views::reverse(*found))
                    visit.others.push_back(
                        {module.name,
                         false,
                         {kind, visit.module.name, softdep, rule.origin}});
            }
        }
        return {};
    }

    /// Caches look-ups, because many lines may contain the same name.
    Result<const std::vector<NamedModule>*> look_up_once(const std::string& name) {
        const auto at = found_.find(name);
        if (at != found_.end()) return &at->second;
        TRY_ASSIGN(auto modules, look_up(catalog_, name));
        return &found_.emplace(name, std::move(modules)).first->second;
    }

    void add_kept_modules() {
        std::set<std::string, std::less<>> added;
        for (Candidate& candidate : kept_) {
            const LoadedModule* const module = loaded_.find(candidate.name);
            if (module == nullptr || !added.insert(candidate.name).second) continue;
            Step step;
            step.action = Step::Action::kept;
            step.module = std::move(candidate.name);
            step.required = false;
            step.cause = std::move(candidate.cause);
            step.note = why_kept(*module);
            goal_.steps.push_back(std::move(step));
        }
    }

    [[nodiscard]] std::string why_kept(const LoadedModule& module) const {
        const auto holders = loaded_.holders(module);
        if (!holders.empty()) {
            std::string text = "used by";
            for (const std::string& holder : holders) text += cat(" ", holder);
            return text;
        }
        if (!module.refcount) return "the kernel does not report whether it is in use";
        return *module.refcount > 0 ? "in use" : "permanent";
    }

    const CommandRule* remove_command(std::string_view name) const {
        if (request_.ignore_commands) return nullptr;
        return command_for(catalog_.config().remove, name);
    }

    enum class Verdict { removed, kept };
    Catalog& catalog_;
    LoadedModules& loaded_;
    const RemoveRequest& request_;
    SoftdepIndex softdeps_;
    Goal goal_;
    std::vector<Visit> visits_;
    std::map<std::string, Verdict> visited_;
    std::vector<Candidate> kept_;
    std::map<std::string, std::vector<NamedModule>> found_;
};

}  // namespace

Result<Plan> plan_remove(Catalog& catalog, const std::vector<LoadedModule>& modules,
                         const RemoveRequest& request) {
    LoadedModules loaded(modules);
    std::vector<NamedModule> named;
    if (is_module_path(request.name)) {
        // A path such as "/" contains no module name.
        std::string name = module_name_of_path(request.name);
        if (!name.empty())
            named.push_back({.name = std::move(name), .source = NameSource::path});
    } else {
        TRY_ASSIGN(named, look_up(catalog, request.name));
        // The databases may not list a loaded module: they may belong to another
        // kernel, or the module was loaded by path.
        const std::string name = normalise_module_name(request.name);
        if (named.empty() && loaded.find(name) != nullptr)
            named.push_back({.name = name});
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
