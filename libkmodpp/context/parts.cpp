// SPDX-License-Identifier: LGPL-2.1-or-later
#include "context/parts.hpp"

#include <utility>

namespace kmodpp {

StepFailure before_first_step(const Goal& goal, const Error& error) {
    // No errno, because the kernel was not called.
    return {goal.steps.empty() ? Step{} : goal.steps.front(),
            {error.kind, 0, error.message},
            false,
            {}};
}

Catalog& Context::Parts::catalog() {
    if (!opened) opened.emplace(make_catalog(config));
    return *opened;
}

Catalog Context::Parts::make_catalog(std::vector<std::string> config_files) const {
    const auto command_line = kernel->command_line();
    // Explicit configuration paths are host paths.
    const bool own_files = (simulated_root || config_in_root) && config_files.empty();
    return {root, own_files ? root : host,
            CatalogOptions{release, cat(KMODPP_MODULE_DIR, "/", release),
                           std::move(config_files)},
            command_line.value_or(""), messages};
}

InitState Context::Parts::state(std::string_view name) {
    const InitState found = kernel->state(name);
    // A builtin module without parameters has no directory in /sys/module.
    if (found == InitState::absent && catalog().is_builtin(name).value_or(false))
        return InitState::builtin;
    return found;
}

bool Context::Parts::is_own_tree() const {
    if (kernel->release().value_or("") != release) return false;
    if (simulated_root) return true;
    const auto is_same = [&](const std::string& path) {
        const auto own = host.stat(path), used = root.stat(path);
        return own && used && own->st_dev == used->st_dev && own->st_ino == used->st_ino;
    };
    return is_same("/") || is_same(cat(KMODPP_MODULE_DIR, "/", release));
}

LoadedQuery Context::Parts::planned_query() {
    if (is_own_tree()) return loaded_query();
    return [this](std::string_view name) {
        return catalog().is_builtin(name).value_or(false);
    };
}

LoadedQuery Context::Parts::loaded_query() {
    return [this](std::string_view name) {
        const InitState found = state(name);
        return found == InitState::live || found == InitState::builtin;
    };
}

Result<std::vector<ModuleLocation>> Context::Parts::locate(std::string_view name,
                                                           NameKind kind) {
    if (kind == NameKind::name_only) return locate_module(catalog(), name);
    TRY_ASSIGN(auto file, locate_file(host, name));
    if (file) return std::vector{*std::move(file)};
    return locate_name(catalog(), name);
}

Result<Target> Context::Parts::target(const io::Root& files,
                                      const ExecuteOptions& options) {
    Target target{files, *kernel};
    if (options.require_signature && !options.dry_run) {
        TRY_ASSIGN(target.require_signature, signature_gate());
    }
    return target;
}

Outcome Context::Parts::execute(const Goal& goal, const io::Root& files,
                                const ExecuteOptions& options) {
    const auto ready = target(files, options);
    if (!ready) return std::unexpected(before_first_step(goal, ready.error()));
    return kmodpp::execute(goal, *ready, options);
}

}  // namespace kmodpp
