// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/resolver.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "io/absolute_path.hpp"
#include "plan/rules.hpp"
#include "plan/softdeps.hpp"

namespace kmodpp {

namespace {

std::string not_found_text(const Catalog& catalog, std::string_view name) {
    return cat("Module ", printable(name), " not found in directory ",
               catalog.display_directory());
}

std::unexpected<Error> not_found(const Catalog& catalog, std::string_view name) {
    return fail(ErrorKind::not_found, not_found_text(catalog, name), ENOENT);
}

bool is_switched_off(const NamedModule& module) {
    return module.source == NameSource::config_alias && is_off(module.name);
}

std::string switched_off_text(const NamedModule& module) {
    return cat("Module ", printable(module.alias), " is disabled by the alias line in ",
               module.origin.describe());
}

/// The soft dependencies, shared by all goals of a plan, so that each name is looked up
/// only once.
class Softdeps {
public:
    explicit Softdeps(Catalog& catalog) : catalog_(catalog), lines_(catalog.config()) {}

    [[nodiscard]] std::vector<std::size_t> lines_of(const NamedModule& module) {
        return lines_.of(module);
    }
    /// Whether there is a softdep line for the alias itself, not only for its modules.
    [[nodiscard]] bool has_lines_for(const std::string& alias) {
        if (subjects_.empty())
            for (const SoftdepRule& rule : catalog_.config().softdeps)
                subjects_.insert(rule.module);
        return subjects_.contains(alias);
    }
    /// The modules that a name in a softdep line refers to; borrowed.
    Result<const std::vector<NamedModule>*> modules_of(const std::string& name) {
        const auto known = found_.find(name);
        if (known != found_.end()) return &known->second;
        TRY_ASSIGN(auto modules, look_up(catalog_, name));
        return &found_.emplace(name, std::move(modules)).first->second;
    }

private:
    Catalog& catalog_;
    SoftdepIndex lines_;
    std::unordered_set<std::string_view> subjects_;
    std::unordered_map<std::string, std::vector<NamedModule>> found_;
};

/// Orders the steps for one named module: each module comes after its dependencies, and
/// between its pre and post soft dependencies. Uses an explicit stack instead of
/// recursion, because soft dependencies may be nested arbitrarily deeply.
class GoalBuilder {
public:
    GoalBuilder(Catalog& catalog, const LoadedQuery& loaded, const InsertRequest& request,
                Softdeps& softdeps)
        : catalog_(catalog), loaded_(loaded), request_(request), softdeps_(softdeps) {}

    /// \param module the named module
    /// \param path its file, if it was given by path
    Result<Goal> build(const NamedModule& module, const std::string& path) {
        goal_.module = module;

        if (!request_.ignore_loaded && is_loaded(module)) {
            if (request_.first_time) return already_in_kernel();
            TRY(add_loaded(module, {}));
            return std::move(goal_);
        }
        if (const BlacklistRule* rule = blacklisted(module)) {
            goal_.skipped = cat("blacklisted in ", rule->origin.describe());
            goal_.skipped_origin = rule->origin;
            return std::move(goal_);
        }
        TRY_ASSIGN(auto entry, find(module.name));
        if (!path.empty()) entry.path = path;
        required_.insert(module.name);
        for (const std::string& dependency : entry.dependencies)
            required_.insert(module_name_of_path(dependency));
        TRY_ASSIGN(const bool refused, add_forbidden(module, entry, {}));
        if (refused) return std::move(goal_);
        visited_.insert({module.name, module.alias});
        begin(module, std::move(entry), {}, request_.ignore_commands);
        TRY(walk());
        return std::move(goal_);
    }

private:
    /// A module that is being planned, with the modules before and after it.
    struct Visit {
        enum class Phase { dependencies, before, itself, after };
        NamedModule module;
        std::string path;
        std::vector<std::string> dependencies;  ///< the last one comes next
        Cause cause;
        /// Ignore its soft dependencies and its install command.
        bool bare = false;
        Phase phase = Phase::dependencies;
        std::vector<std::size_t> softdeps = {};  ///< its rules; next_rule comes next
        std::size_t next_rule = 0;
    };
    using Side = std::vector<std::string> SoftdepNames::*;
    /// A softdep line, and how many of its names have been processed. Each name is
    /// expanded only once in a goal, so that the size of the configuration bounds the
    /// walk.
    struct UsedRule {
        SoftdepNames names;
        std::size_t pre = 0, post = 0;
    };
    /// The modules that a name in a softdep line refers to; those before `next` have
    /// been processed.
    struct Expansion {
        const std::vector<NamedModule>* modules = nullptr;
        std::size_t next = 0;
    };

    static std::unexpected<Error> already_in_kernel() {
        return fail(ErrorKind::conflict, "Module already in kernel", EEXIST);
    }

    [[nodiscard]] bool is_loaded(const NamedModule& module) const {
        return module.source == NameSource::builtin_alias || loaded_(module.name);
    }

    /// The line of modules.dep, or only the name for a module without a file: it is
    /// built in or only known from a command.
    Result<ModuleEntry> find(const std::string& name) {
        TRY_ASSIGN(auto entry, catalog_.find_module(name));
        if (entry) return *std::move(entry);
        return ModuleEntry{name, {}, {}};
    }

    const BlacklistRule* blacklisted(const NamedModule& module) const {
        if (request_.ignore_blacklist) return nullptr;
        if (module.alias.empty() && !request_.use_blacklist) return nullptr;
        return blacklist_for(catalog_.config(), module.name);
    }

    /// The forbid line that keeps a module from being loaded, if the request respects it.
    /// No line keeps away what is loaded or built in.
    Result<const ForbidRule*> forbidden(const NamedModule& module) {
        const ForbidRule* const rule = forbid_for(catalog_.config(), module.name);
        if (rule == nullptr || request_.ignore_forbid ||
            std::ranges::any_of(request_.allowed, [&](const std::string& name) {
                return same_module_name(name, module.name);
            }))
            return nullptr;
        if (!request_.ignore_loaded && is_loaded(module)) return nullptr;
        TRY_ASSIGN(const bool builtin, is_builtin(catalog_, module));
        return builtin ? nullptr : rule;
    }

    /// Adds a step for the first forbidden module among a module and its dependencies,
    /// so that nothing is loaded for a load that is refused later. False: there is none.
    /// \param cause why the module itself is to be loaded
    Result<bool> add_forbidden(const NamedModule& module, const ModuleEntry& entry,
                               const Cause& cause) {
        if (catalog_.config().forbid.empty()) return false;
        TRY_ASSIGN(const ForbidRule* rule, forbidden(module));
        if (rule != nullptr) {
            add_forbidden_step(module.name, *rule, cause);
            return true;
        }
        for (const std::string& path : entry.dependencies) {
            const NamedModule needed{.name = module_name_of_path(path)};
            TRY_ASSIGN(rule, forbidden(needed));
            if (rule == nullptr) continue;
            add_forbidden_step(needed.name, *rule,
                               {.kind = Cause::Kind::dependency, .of = module.name});
            return true;
        }
        return false;
    }

    void add_forbidden_step(const std::string& name, const ForbidRule& rule,
                            const Cause& cause) {
        Step step;
        step.action = Step::Action::forbidden;
        step.module = name;
        step.forbid = rule.origin;
        step.required = required_.contains(name);
        step.cause = cause;
        step.note = forbidden_text(name, rule);
        goal_.steps.push_back(std::move(step));
    }

    /// In modules.dep, a module precedes those that it depends on, so the last one is
    /// loaded first.
    void begin(NamedModule module, ModuleEntry entry, Cause cause, bool bare) {
        visits_.push_back({std::move(module), std::move(entry.path),
                           std::move(entry.dependencies), std::move(cause), bare});
    }

    Status walk() {
        using Phase = Visit::Phase;
        while (!visits_.empty()) {
            Visit& visit = visits_.back();
            switch (visit.phase) {
                case Phase::dependencies:
                    if (!visit.dependencies.empty()) {
                        begin_dependency(visit);
                        break;
                    }
                    visit.phase = visit.bare ? Phase::itself : Phase::before;
                    if (!visit.bare) visit.softdeps = softdeps_.lines_of(visit.module);
                    break;
                case Phase::before: {
                    TRY_ASSIGN(const bool begun,
                               begin_softdep(visit, &SoftdepNames::pre));
                    if (begun) break;
                    visit.phase = Phase::itself;
                    break;
                }
                case Phase::itself:
                    TRY(add_step(visit));
                    visit.phase = Phase::after;
                    visit.next_rule = 0;
                    break;
                case Phase::after: {
                    TRY_ASSIGN(const bool begun,
                               begin_softdep(visit, &SoftdepNames::post));
                    if (!begun) visits_.pop_back();
                    break;
                }
            }
        }
        return {};
    }

    void begin_dependency(Visit& visit) {
        std::string path = std::move(visit.dependencies.back());
        visit.dependencies.pop_back();
        // Its own dependencies are already listed in the line of the dependent module.
        ModuleEntry entry{module_name_of_path(path), {}, {}};
        entry.path = std::move(path);
        begin({.name = entry.name}, entry,
              {.kind = Cause::Kind::dependency, .of = visit.module.name}, false);
    }

    /// Begins the next soft dependency that was not visited yet; returns false if there
    /// is none.
    Result<bool> begin_softdep(Visit& visit, Side side) {
        const bool pre = side == &SoftdepNames::pre;
        for (; visit.next_rule < visit.softdeps.size(); ++visit.next_rule) {
            const std::size_t number = visit.softdeps[visit.next_rule];
            const SoftdepRule& rule = catalog_.config().softdeps[number];
            const auto [at, is_new] = used_rules_.try_emplace(number);
            if (is_new) at->second.names = rule.names();
            const std::vector<std::string>& names = at->second.names.*side;
            std::size_t& used = pre ? at->second.pre : at->second.post;
            for (; used < names.size(); ++used) {
                const std::string& name = names[used];
                const Cause cause{
                    pre ? Cause::Kind::pre_softdep : Cause::Kind::post_softdep,
                    visit.module.name, name, rule.origin};
                TRY_ASSIGN(Expansion* const expansion, expand(name, cause));
                while (expansion->next < expansion->modules->size()) {
                    const NamedModule& softdep = (*expansion->modules)[expansion->next++];
                    if (!visited_.insert({softdep.name, softdep.alias}).second) continue;
                    if (adds_nothing(softdep)) continue;
                    TRY_ASSIGN(auto entry, find(softdep.name));
                    TRY_ASSIGN(const bool refused, add_forbidden(softdep, entry, cause));
                    if (refused) continue;
                    begin(softdep, std::move(entry), cause, false);
                    return true;
                }
            }
        }
        return false;
    }

    /// Whether the module already has a step, and its alias has no softdep lines.
    /// (Plans that ignore loaded modules repeat the step.)
    [[nodiscard]] bool adds_nothing(const NamedModule& module) {
        return !request_.ignore_loaded && planned_.contains(module.name) &&
               !softdeps_.has_lines_for(module.alias);
    }

    Result<Expansion*> expand(const std::string& name, const Cause& cause) {
        const auto [at, is_new] = expansions_.try_emplace(name);
        Expansion& expansion = at->second;
        if (!is_new) return &expansion;
        TRY_ASSIGN(expansion.modules, softdeps_.modules_of(name));
        if (expansion.modules->empty()) add_missing(name, cause, false);
        return &expansion;
    }

    void add_missing(const std::string& name, const Cause& cause, bool required) {
        Step step;
        step.action = Step::Action::missing;
        step.module = name;
        step.required = required;
        step.cause = cause;
        if (required)
            step.note = is_switched_off(goal_.module) ? switched_off_text(goal_.module)
                                                      : not_found_text(catalog_, name);
        goal_.steps.push_back(std::move(step));
    }

    Status add_loaded(const NamedModule& module, const Cause& cause) {
        TRY_ASSIGN(const bool builtin, is_builtin(catalog_, module));
        Step step;
        step.action = Step::Action::already_loaded;
        if (builtin) step.note = "built into the kernel";
        step.module = module.name;
        if (const ForbidRule* rule = forbid_for(catalog_.config(), module.name))
            step.forbid = rule->origin;
        step.required =
            required_.contains(module.name) || module.name == goal_.module.name;
        step.cause = cause;
        add_options(module, step);
        goal_.steps.push_back(std::move(step));
        return {};
    }

    Status add_step(const Visit& visit) {
        const NamedModule& module = visit.module;
        const bool repeated = !planned_.insert(module.name).second;
        if (repeated && !request_.ignore_loaded) return {};
        if (!request_.ignore_loaded && is_loaded(module)) {
            // It was loaded after build() had checked.
            if (request_.first_time && module.name == goal_.module.name)
                return already_in_kernel();
            return add_loaded(module, visit.cause);
        }
        Step step;
        step.module = module.name;
        step.required = required_.contains(module.name);
        step.repeated = repeated;
        step.cause = visit.cause;
        add_options(module, step);
        const ModprobeConfig& config = catalog_.config();
        if (const BlacklistRule* rule = blacklist_for(config, module.name))
            step.blacklist = rule->origin;
        if (const ForbidRule* rule = forbid_for(config, module.name))
            step.forbid = rule->origin;

        const CommandRule* install =
            visit.bare ? nullptr : command_for(config.install, module.name);
        if (install != nullptr) {
            step.action = Step::Action::run_install;
            step.command = install->command;
            step.command_origin = install->origin;
        } else if (!visit.path.empty()) {
            step.action = Step::Action::insert;
            // A path given by the user is already as seen from outside.
            step.path = module.source == NameSource::path
                            ? visit.path
                            : catalog_.root().display(visit.path);
        } else {
            // An alias or a soft dependency may refer to a module that does not exist.
            TRY_ASSIGN(const bool builtin, is_builtin(catalog_, module));
            if (!builtin) {
                // It may be built in and only known by another alias.
                if (!repeated) planned_.erase(module.name);
                add_missing(module.name, visit.cause, step.required);
                return {};
            }
            step.action = Step::Action::builtin;
        }
        goal_.steps.push_back(std::move(step));
        return {};
    }

    void add_options(const NamedModule& module, Step& step) const {
        for (const OptionsRule* const rule :
             options_for(catalog_.config(), module.name, module.alias)) {
            if (!step.options.empty()) step.options += ' ';
            step.options += rule->options;
            step.option_sources.push_back({rule->options, rule->origin});
        }
        // kmod prints a space after them even if no more follow; scripts compare the
        // line.
        if (!step.options.empty()) step.options += ' ';
        if (module.name != goal_.module.name) return;
        step.options += request_.parameters;
        if (!request_.parameters.empty())
            step.option_sources.push_back({request_.parameters, {"command line", 0}});
    }

    Catalog& catalog_;
    const LoadedQuery& loaded_;
    const InsertRequest& request_;
    Softdeps& softdeps_;
    Goal goal_;
    std::vector<Visit> visits_;
    std::unordered_map<std::size_t, UsedRule> used_rules_;  ///< by rule
    std::unordered_map<std::string, Expansion> expansions_;
    std::set<std::pair<std::string, std::string>> visited_;  ///< name and alias
    std::set<std::string, std::less<>> required_;
    std::set<std::string, std::less<>> planned_;
};

}  // namespace

Result<Goal> plan_module(Catalog& catalog, const LoadedQuery& loaded,
                         const NamedModule& module, const std::string& path,
                         const InsertRequest& request) {
    Softdeps softdeps(catalog);
    return GoalBuilder(catalog, loaded, request, softdeps).build(module, path);
}

Result<Plan> plan_insert(Catalog& catalog, const LoadedQuery& loaded,
                         const InsertRequest& request) {
    Plan plan;
    if (!request.never_path && is_module_path(request.name)) {
        const std::string name = module_name_of_path(request.name);
        const std::string path = io::absolute_path(request.name);
        TRY_ASSIGN(const io::Root host, io::Root::open("/"));
        const auto file = host.stat(path);
        if (!file || !S_ISREG(file->st_mode)) return not_found(catalog, request.name);
        TRY_ASSIGN(auto goal, plan_module(catalog, loaded,
                                          {.name = name, .source = NameSource::path},
                                          path, request));
        plan.goals.push_back(std::move(goal));
        return plan;
    }
    TRY_ASSIGN(const auto modules, find_matches(catalog, request.name));
    if (modules.empty()) return not_found(catalog, request.name);
    Softdeps softdeps(catalog);
    std::unordered_map<std::string_view, std::size_t> planned;  // the goal of a module
    for (const NamedModule& module : modules) {
        const auto [known, is_new] = planned.emplace(module.name, plan.goals.size());
        if (!is_new) {
            if (request.each_match) plan.goals.push_back(Goal(plan.goals[known->second]));
            continue;
        }
        TRY_ASSIGN(auto goal,
                   GoalBuilder(catalog, loaded, request, softdeps).build(module, {}));
        plan.goals.push_back(std::move(goal));
    }
    return plan;
}

}  // namespace kmodpp
