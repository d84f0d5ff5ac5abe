// SPDX-License-Identifier: LGPL-2.1-or-later
// Implements the functions of Context that load modules and show what a load uses: libkmodpp-load
// contains them.
#include "context/parts.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/guarded.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "catalog/config_rules.hpp"
#include "catalog/device_nodes.hpp"
#include "catalog/module_info.hpp"
#include "catalog/symbol_versions.hpp"
#include "io/module_file.hpp"
#include "plan/description.hpp"

namespace kmodpp {

namespace {

/// The only release in /lib/modules, for a simulated kernel without a configured
/// release; empty if there are several or none.
std::string only_release(const io::Root& root) {
    const auto releases = root.list(KMODPP_MODULE_DIR);
    return releases && releases->size() == 1 ? releases->front() : std::string();
}

/// The failure of a goal that ran out of memory.
std::unexpected<StepFailure> no_memory() {
    return std::unexpected(
        StepFailure{{}, {ErrorKind::io, ENOMEM, "out of memory"}, false, {}});
}

}  // namespace

std::string_view to_string(NameKind kind) {
    return kind == NameKind::name_only ? "name_only" : "file_or_name";
}

Context::Context(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

Result<Context> Context::create(const ContextOptions& options, MessageSink& messages) {
    return guarded([&]() -> Result<Context> {
        TRY_ASSIGN(io::Root host, io::Root::open("/"));
        const bool own_root = options.root != "/" && !options.root.empty();
        TRY_ASSIGN(io::Root root,
                   io::Root::open(
                       options.simulate && !own_root ? *options.simulate : options.root,
                       options.confined ? io::Links::stay_inside : io::Links::may_leave));
        auto parts = std::unique_ptr<Parts>(new Parts{std::move(host),
                                                      std::move(root),
                                                      {},
                                                      {},
                                                      {},
                                                      {},
                                                      messages,
                                                      {},
                                                      {},
                                                      options.config_in_root,
                                                      {},
                                                      {}});
        if (options.simulate) {
            TRY_ASSIGN(auto simulated, io::Root::open(*options.simulate));
            parts->simulated_root = std::move(simulated);
            TRY_ASSIGN(parts->kernel,
                       kernel::make_simulated_kernel(
                           *parts->simulated_root, parts->root,
                           options.release.value_or(only_release(parts->root))));
        } else {
            parts->kernel = kernel::make_real_kernel();
        }
        parts->config = io::absolute_paths(options.config);
        parts->trust = io::absolute_paths(options.trust);
        if (options.release) {
            parts->release = *options.release;
        } else {
            TRY_ASSIGN(parts->release, parts->kernel->release());
        }
        parts->shown_directory =
            parts->root.display(cat(KMODPP_MODULE_DIR, "/", parts->release));
        return Context(std::move(parts));
    });
}

const std::string& Context::release() const { return parts_->release; }

const std::string& Context::module_directory() const { return parts_->shown_directory; }

bool Context::has_databases() const {
    return guarded(false,
                   [&] { return parts_->catalog().has(Database::dep).value_or(false); });
}

Result<std::vector<std::string>> Context::look_up(std::string_view name) const {
    return guarded([&]() -> Result<std::vector<std::string>> {
        TRY_ASSIGN(auto found, kmodpp::find_matches(parts_->catalog(), name));
        std::vector<std::string> names;
        for (NamedModule& module : found) names.push_back(std::move(module.name));
        return names;
    });
}

Result<Plan> Context::plan_insert(const InsertRequest& request) const {
    return guarded([&]() -> Result<Plan> {
        return kmodpp::plan_insert(
            parts_->catalog(),
            request.plan_only ? parts_->planned_query() : parts_->loaded_query(),
            request);
    });
}

Result<Plan> Context::plan_remove(const RemoveRequest& request) const {
    return guarded([&]() -> Result<Plan> {
        const auto modules = parts_->kernel->modules();
        // Without /proc/modules, the kernel does not support modules: none is loaded.
        if (!modules && modules.error().kind != ErrorKind::not_found)
            return std::unexpected(modules.error());
        return kmodpp::plan_remove(
            parts_->catalog(), modules.value_or(std::vector<LoadedModule>{}), request);
    });
}

Outcome Context::execute(const Goal& goal, const ExecuteOptions& options) {
    return guarded(Outcome(no_memory()),
                   [&] { return parts_->execute(goal, parts_->root, options); });
}

void Context::execute_all(
    const std::vector<Goal>& goals, const ExecuteOptions& options, unsigned jobs,
    const std::function<void(const Goal&, const Outcome&)>& finished) {
    std::size_t reported = 0;
    const auto report = [&](const Goal& goal, const Outcome& result) {
        ++reported;
        finished(goal, result);
    };
    const Status done = guarded([&]() -> Status {
        TRY_ASSIGN(const Target target, parts_->target(parts_->root, options));
        kmodpp::execute_all(goals, target, options, jobs, report);
        return {};
    });
    while (!done && reported < goals.size())
        report(
            goals[reported], guarded(Outcome(no_memory()), [&]() -> Outcome {
                return std::unexpected(before_first_step(goals[reported], done.error()));
            }));
}

Result<std::vector<ModuleInfo>> Context::describe(std::string_view name,
                                                  NameKind kind) const {
    return guarded([&]() -> Result<std::vector<ModuleInfo>> {
        TRY_ASSIGN(const auto modules, parts_->locate(name, kind));
        return kmodpp::describe(parts_->catalog(), modules);
    });
}

Result<std::vector<ConfigRule>> Context::configuration() const {
    return guarded([&]() -> Result<std::vector<ConfigRule>> {
        return list_rules(parts_->catalog().config());
    });
}

Status Context::for_each_alias(AliasIndex index, const AliasVisitor& visit) const {
    if (!visit) return fail(ErrorKind::malformed, "the visitor is empty", EINVAL);
    return guarded([&]() -> Status {
        return parts_->catalog().for_each(
            index == AliasIndex::modules ? Database::alias : Database::symbols,
            [&visit](std::string_view pattern, const IndexValue& module) {
                visit(pattern, module.value);
            });
    });
}

Result<std::vector<SymbolVersion>> Context::symbol_versions(std::string_view name) const {
    return guarded([&]() -> Result<std::vector<SymbolVersion>> {
        return parts_->read_file_of(name, read_symbol_versions);
    });
}

Result<std::vector<SymbolVersion>> Context::exports(std::string_view name) const {
    return guarded([&]() -> Result<std::vector<SymbolVersion>> {
        return parts_->read_file_of(name, read_exports);
    });
}

Result<DeviceNodes> Context::device_nodes() const {
    return guarded([&]() -> Result<DeviceNodes> {
        return read_device_nodes(
            parts_->root, cat(KMODPP_MODULE_DIR, "/", parts_->release), parts_->messages);
    });
}

std::vector<std::string> Context::missing_files(const Goal& goal) const {
    return guarded(std::vector<std::string>{}, [&] {
        std::vector<std::string> missing;
        for (const Step& step : goal.steps) {
            if (step.action != Step::Action::insert || step.repeated) continue;
            const auto inside = parts_->root.inside(step.path);
            const auto status = inside ? parts_->root.stat(*inside)
                                       : parts_->host.stat(step.path);
            if (!status && status.error().kind == ErrorKind::not_found)
                missing.push_back(step.path);
        }
        return missing;
    });
}

Outcome Context::insert_file(const std::string& path, const std::string& parameters,
                             const ExecuteOptions& options) {
    return guarded(Outcome(no_memory()), [&] {
        Step step;
        step.path = io::absolute_path(path);
        step.module = module_name_of_path(path);
        step.options = parameters;
        Goal goal;
        goal.module.name = step.module;
        goal.steps.push_back(std::move(step));
        ExecuteOptions once = options;
        once.first_time = true;
        return parts_->execute(goal, parts_->host, once);
    });
}

Status Context::remove_module(const std::string& name, bool force) {
    return guarded(
        [&]() -> Status { return parts_->kernel->unload(name, {.force = force}); });
}

Result<std::vector<LoadedModule>> Context::loaded_modules() const {
    return guarded(
        [&]() -> Result<std::vector<LoadedModule>> { return parts_->kernel->modules(); });
}

Result<InitState> Context::state(std::string_view name) const {
    return guarded([&]() -> Result<InitState> { return parts_->state(name); });
}

Result<std::vector<std::string>> Context::holders(std::string_view name) const {
    return guarded([&]() -> Result<std::vector<std::string>> {
        return parts_->kernel->holders(name);
    });
}

Result<long> Context::refcount(std::string_view name) const {
    return guarded([&]() -> Result<long> { return parts_->kernel->refcount(name); });
}

Result<std::string> module_name(std::string_view name_or_path) {
    return guarded([&]() -> Result<std::string> {
        return module_suffix(base_name(name_or_path)).empty()
                   ? normalise_module_name(name_or_path)
                   : module_name_of_path(name_or_path);
    });
}

}  // namespace kmodpp
