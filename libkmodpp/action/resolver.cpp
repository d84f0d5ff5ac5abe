// SPDX-License-Identifier: LGPL-2.1-or-later
#include "action/resolver.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "base/wildcard.hpp"
#include "io/absolute_path.hpp"

namespace kmodpp {

namespace {

/// Softdeps can name modules that have softdeps. Deeper than any real chain, and shallow
/// enough for any stack.
constexpr int kMaxSoftdepDepth = 1000;

std::unexpected<Error> not_found(const Catalog& catalog, std::string_view name) {
    return fail(ErrorKind::not_found,
                cat("Module ", printable(name), " not found in directory ",
                    catalog.display_directory()),
                ENOENT);
}

/// Orders the steps for one named module: every module behind what it needs, each wrapped
/// in its soft dependencies.
class GoalBuilder {
public:
    GoalBuilder(Catalog& catalog, const LoadedQuery& loaded, const InsertRequest& request)
        : catalog_(catalog), loaded_(loaded), request_(request) {}

    /// \param module the named one, with its file when a path named it
    Result<Goal> build(const NamedModule& module, const std::string& path) {
        goal_.module = module.name;
        goal_.alias = module.alias;
        goal_.source = module.source;

        if (!request_.ignore_loaded && is_loaded(module.name)) {
            if (request_.first_time)
                return fail(ErrorKind::conflict, "Module already in kernel", EEXIST);
            return goal_;
        }
        if (const BlacklistRule* rule = blacklisted(module)) {
            goal_.skipped = cat("blacklisted in ", rule->origin.describe());
            return goal_;
        }
        TRY_ASSIGN(auto entry, find(module.name));
        if (!path.empty()) entry.path = path;
        required_.insert(module.name);
        for (const std::string& dependency : entry.dependencies)
            required_.insert(module_name_of_path(dependency));
        TRY(add_with_dependencies(module, entry, request_.ignore_commands, "named", 0));
        return std::move(goal_);
    }

private:
    /// The module of modules.dep, or a bare name: builtin, or known by a command alone.
    Result<ModuleEntry> find(const std::string& name) {
        TRY_ASSIGN(auto entry, catalog_.find_module(name));
        if (entry) return *std::move(entry);
        return ModuleEntry{name, {}, {}};
    }

    bool is_loaded(std::string_view name) const {
        return loaded_(name) || planned_.contains(name);
    }

    const BlacklistRule* blacklisted(const NamedModule& module) const {
        if (module.alias.empty() && !request_.use_blacklist) return nullptr;
        const auto& rules = catalog_.config().blacklist;
        const auto rule = std::ranges::find(rules, module.name, &BlacklistRule::module);
        return rule == rules.end() ? nullptr : &*rule;
    }

    /// \param bare the module itself without softdeps and commands of the configuration
    Status add_with_dependencies(const NamedModule& module, const ModuleEntry& entry,
                                 bool bare, std::string reason, int depth) {
        if (!visited_.insert({module.name, module.alias}).second) return {};
        if (depth > kMaxSoftdepDepth)
            return fail(
                ErrorKind::conflict,
                cat("soft dependencies of ", goal_.module, " are nested more than ",
                    kMaxSoftdepDepth, " deep, at ", module.name),
                ELOOP);
        // modules.dep names the dependents first; loading begins at the other end.
        for (auto path = entry.dependencies.rbegin(); path != entry.dependencies.rend();
             ++path) {
            const NamedModule dependency{
                module_name_of_path(*path), {}, NameSource::module_name};
            TRY(add_with_softdeps(dependency, *path, cat(module.name, " needs it"),
                                  depth));
        }
        if (!bare) return add_with_softdeps(module, entry.path, std::move(reason), depth);
        return add_step(module, entry.path, true, std::move(reason));
    }

    Status add_with_softdeps(const NamedModule& module, const std::string& path,
                             std::string reason, int depth) {
        TRY(add_softdeps(module, &SoftdepRule::pre, depth));
        TRY(add_step(module, path, false, std::move(reason)));
        return add_softdeps(module, &SoftdepRule::post, depth);
    }

    Status add_softdeps(const NamedModule& module,
                        std::vector<std::string> SoftdepRule::*side, int depth) {
        const SoftdepRule* const rule = softdeps_of(catalog_.config(), module);
        if (rule == nullptr) return {};
        for (const std::string& name : rule->*side) {
            TRY_ASSIGN(const auto found, look_up(catalog_, name));
            for (const NamedModule& softdep : found) {
                TRY_ASSIGN(const auto entry, find(softdep.name));
                TRY(add_with_dependencies(
                    softdep, entry, false,
                    cat("softdep of ", module.name, " (", rule->origin.describe(), ")"),
                    depth + 1));
            }
        }
        return {};
    }

    Status add_step(const NamedModule& module, const std::string& path,
                    bool ignore_commands, std::string reason) {
        Step step;
        step.module = module.name;
        step.required = required_.contains(module.name);
        step.reason = std::move(reason);
        step.options = options_of(module);

        if (!request_.ignore_loaded && is_loaded(module.name)) {
            step.action = Step::Action::already_loaded;
            goal_.steps.push_back(std::move(step));
            return {};
        }
        const CommandRule* install =
            ignore_commands ? nullptr : install_command(module.name);
        if (install != nullptr) {
            step.action = Step::Action::run_install;
            step.command = install->command;
            step.reason += cat("; install command of ", install->origin.describe());
        } else if (path.empty()) {
            // An alias or a soft dependency may name what does not exist.
            TRY_ASSIGN(const bool builtin, is_builtin(module));
            if (!builtin && step.required) return not_found(catalog_, module.name);
            if (!builtin) return {};
            step.action = Step::Action::builtin;
        } else {
            step.action = Step::Action::insert;
            // A path that a person named is as seen from outside already.
            step.path =
                module.source == NameSource::path ? path : catalog_.root().display(path);
        }
        planned_.insert(module.name);
        goal_.steps.push_back(std::move(step));
        return {};
    }

    Result<bool> is_builtin(const NamedModule& module) const {
        if (module.source == NameSource::builtin_alias) return true;
        return catalog_.is_builtin(module.name);
    }

    const CommandRule* install_command(std::string_view name) const {
        const auto& rules = catalog_.config().install;
        const auto rule = std::ranges::find_if(rules, [name](const CommandRule& r) {
            return wildcard_match(r.module, name);
        });
        return rule == rules.end() ? nullptr : &*rule;
    }

    std::string options_of(const NamedModule& module) const {
        std::string options;
        for (const OptionsRule& rule : catalog_.config().options) {
            if (rule.module != module.name &&
                (module.alias.empty() || rule.module != module.alias))
                continue;
            if (!options.empty()) options += ' ';
            options += rule.options;
        }
        // A blank stands before them even when there are none: scripts compare that line.
        if (module.name == goal_.module && !options.empty()) options += ' ';
        if (module.name == goal_.module) options += request_.parameters;
        return options;
    }

    Catalog& catalog_;
    const LoadedQuery& loaded_;
    const InsertRequest& request_;
    Goal goal_;
    std::set<std::pair<std::string, std::string>> visited_;  ///< name and alias
    std::set<std::string, std::less<>> required_;
    std::set<std::string, std::less<>> planned_;
};

}  // namespace

Result<Plan> plan_insert(Catalog& catalog, const LoadedQuery& loaded,
                         const InsertRequest& request) {
    Plan plan;
    if (is_module_path(request.name)) {
        const std::string name = module_name_of_path(request.name);
        const std::string path = io::absolute_path(request.name);
        TRY_ASSIGN(const io::Root host, io::Root::open("/"));
        if (!host.exists(path)) return not_found(catalog, request.name);
        TRY_ASSIGN(auto goal, GoalBuilder(catalog, loaded, request)
                                  .build({name, {}, NameSource::path}, path));
        plan.goals.push_back(std::move(goal));
        return plan;
    }
    TRY_ASSIGN(const auto modules, look_up(catalog, request.name));
    if (modules.empty()) return not_found(catalog, request.name);
    for (const NamedModule& module : modules) {
        TRY_ASSIGN(auto goal, GoalBuilder(catalog, loaded, request).build(module, {}));
        plan.goals.push_back(std::move(goal));
    }
    return plan;
}

}  // namespace kmodpp
