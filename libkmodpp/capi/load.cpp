// SPDX-License-Identifier: LGPL-2.1-or-later
// Loading and removing modules.
#include <algorithm>
#include <string>
#include <vector>

#include "base/environment.hpp"
#include "base/text.hpp"
#include "capi/context.hpp"
#include "capi/module.hpp"
#include "execute/command.hpp"
#include "execute/executor.hpp"
#include "io/module_file.hpp"
#include "plan/rules.hpp"
#include "plan/step_file.hpp"

namespace {

using kmodpp::cat;
using kmodpp::ExecuteOptions;
using kmodpp::Goal;
using kmodpp::InsertRequest;
using kmodpp::Step;
using kmodpp::capi::guarded_code;
using kmodpp::capi::module_of;
using kmodpp::capi::ModuleRef;

constexpr unsigned kAllBlacklists = KMOD_PROBE_APPLY_BLACKLIST_ALL |
                                    KMOD_PROBE_APPLY_BLACKLIST |
                                    KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY;

struct Callbacks {
    int (*run_install)(kmod_module*, const char*, void*);
    void* data;
    void (*print_action)(kmod_module*, bool, const char*);
    int result = 0;  ///< of run_install for the named module, unless it failed
};

/// Creates the module objects that are passed to callbacks, and keeps them alive.
class StepModules {
public:
    explicit StepModules(kmod_module& named) : named_(named) {}
    kmod_module* of(const Step& step) {
        if (step.module == named_.name) return &named_;
        ModuleRef module = module_of(named_.context, step.module);
        if (!module->path && !step.path.empty()) module->path = step.path;
        return kept_.emplace_back(std::move(module)).get();
    }

private:
    kmod_module& named_;
    std::vector<ModuleRef> kept_;
};

/// Returns the blacklist flag that forbids the module, or 0. A forbid line also applies
/// without a flag, but callers that set one do not treat its return as a failure.
int blacklisted(const kmod_module& module, unsigned flags) {
    const kmodpp::ModprobeConfig& config = module.context.config();
    if (kmodpp::forbid_for(config, module.name) == nullptr) {
        if (kmodpp::blacklist_for(config, module.name) == nullptr) return 0;
        if (module.alias.empty())
            flags &= ~unsigned{KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY};
    }
    for (const unsigned flag :
         {KMOD_PROBE_APPLY_BLACKLIST_ALIAS_ONLY, KMOD_PROBE_APPLY_BLACKLIST_ALL,
          KMOD_PROBE_APPLY_BLACKLIST})
        if ((flags & flag) != 0) return static_cast<int>(flag);
    return 0;
}

kmodpp::Result<Goal> plan(const kmod_module& module, unsigned flags,
                          const char* extra_options) {
    kmod_ctx& context = module.context;
    InsertRequest request;
    request.parameters = extra_options == nullptr ? "" : extra_options;
    request.ignore_loaded = (flags & KMOD_PROBE_IGNORE_LOADED) != 0;
    request.ignore_commands = (flags & KMOD_PROBE_IGNORE_COMMAND) != 0;
    request.first_time = (flags & KMOD_PROBE_FAIL_ON_LOADED) != 0;
    request.ignore_blacklist = true;
    kmodpp::NamedModule named{.name = module.name, .alias = module.alias};
    std::string path = module.path.value_or("");
    if (const auto inside = context.image.inside(path))
        path = std::string(*inside);
    else if (!path.empty())
        named.source = kmodpp::NameSource::path;
    // The alias that led to the module may be the only sign that it is built in.
    if (module.builtin.value_or(false)) named.source = kmodpp::NameSource::builtin_alias;
    TRY_ASSIGN(auto goal, kmodpp::plan_module(context.databases(), context.loaded_query(),
                                              named, path, request));
    if ((flags & KMOD_PROBE_APPLY_BLACKLIST_ALL) != 0)
        std::erase_if(goal.steps,
                      [](const Step& step) { return !step.blacklist.empty(); });
    return goal;
}

ExecuteOptions execute_options(const Goal& goal, unsigned flags, Callbacks& callbacks,
                               StepModules& modules) {
    ExecuteOptions options;
    options.dry_run = (flags & KMOD_PROBE_DRY_RUN) != 0;
    options.first_time = (flags & KMOD_PROBE_FAIL_ON_LOADED) != 0;
    options.load.ignore_vermagic = (flags & KMOD_PROBE_FORCE_VERMAGIC) != 0;
    options.load.ignore_modversions = (flags & KMOD_PROBE_FORCE_MODVERSION) != 0;
    if (const char* const running = kmodpp::trusted_variable(kmodpp::kRunningCommands))
        options.running_commands = running;
    if (callbacks.print_action != nullptr)
        options.observe = [&](const Step& step) {
            callbacks.print_action(modules.of(step),
                                   step.action == Step::Action::run_install,
                                   step.options.c_str());
        };
    if (callbacks.run_install != nullptr)
        options.run_command = [&](const Step& step) -> kmodpp::Status {
            const std::string command =
                kmodpp::command_text_with_options(step.command, step.options);
            const int code =
                callbacks.run_install(modules.of(step), command.c_str(), callbacks.data);
            if (step.module == goal.module.name) callbacks.result = std::max(code, 0);
            if (code >= 0) return {};
            return kmodpp::fail_errno(
                -code, cat("install command of ", step.module, ": ", command));
        };
    return options;
}

int probe(kmod_module& module, unsigned flags, const char* extra_options,
          Callbacks callbacks) {
    kmod_ctx& context = module.context;
    const auto goal = plan(module, flags, extra_options);
    if (!goal) {
        // The caller asked for this result with KMOD_PROBE_FAIL_ON_LOADED: no message.
        return goal.error().code == EEXIST ? -EEXIST : context.failed(goal.error());
    }
    StepModules modules(module);
    ExecuteOptions options = execute_options(*goal, flags, callbacks, modules);
    options.plan_again = [&] { return plan(module, flags, extra_options); };
    // Programs report failed loads themselves, but cannot know which command failed, or
    // which line forbids the module.
    const auto priority_of = [](const Step& step) {
        if (step.action == Step::Action::forbidden && step.required)
            return kmodpp::Priority::notice;
        return step.command.empty() ? kmodpp::Priority::info : kmodpp::Priority::error;
    };
    options.passed_over = [&](const Step& step, const kmodpp::Error& error) {
        context.failed(error, priority_of(step));
    };
    const auto done = kmodpp::execute(*goal, {context.image, *context.kernel}, options);
    if (done) return callbacks.result;
    return context.failed(done.error().error, priority_of(done.error().step));
}

}  // namespace

int kmod_module_insert_module(kmod_module* mod, unsigned int flags, const char* options) {
    if (mod == nullptr) return -ENOENT;
    return guarded_code([&] {
        const std::string* const path = kmodpp::capi::path_of(*mod);
        if (path == nullptr)
            return mod->context.failed(
                {kmodpp::ErrorKind::not_found, ENOENT,
                 cat("could not find the file of module '", mod->name, "'")},
                kmodpp::Priority::error);
        auto file = kmodpp::open_step_file(mod->context.image, *path);
        if (!file) return mod->context.failed(file.error());
        const auto done = mod->context.kernel->load(
            *file, options == nullptr ? "" : options,
            {.ignore_modversions = (flags & KMOD_INSERT_FORCE_MODVERSION) != 0,
             .ignore_vermagic = (flags & KMOD_INSERT_FORCE_VERMAGIC) != 0});
        if (done) return 0;
        return mod->context.failed(
            kmodpp::within(done.error(), "Failed to insert module"),
            kmodpp::Priority::info);
    });
}

int kmod_module_remove_module(kmod_module* mod, unsigned int flags) {
    if (mod == nullptr) return -ENOENT;
    return guarded_code([&] {
        const auto done = mod->context.kernel->unload(
            mod->name, {.force = (flags & KMOD_REMOVE_FORCE) != 0});
        if (done) return 0;
        const int code = kmodpp::capi::code_of(done.error());
        if ((flags & KMOD_REMOVE_NOLOG) == 0)
            mod->context.failed(
                kmodpp::fail_errno(-code, cat("could not remove '", mod->name, "'"))
                    .error(),
                kmodpp::Priority::error);
        return code;
    });
}

int kmod_module_probe_insert_module(
    kmod_module* mod, unsigned int flags, const char* extra_options,
    int (*run_install)(kmod_module* m, const char* cmdline, void* data), const void* data,
    void (*print_action)(kmod_module* m, bool install, const char* options)) {
    if (mod == nullptr) return -ENOENT;
    return guarded_code([&] {
        const auto loaded = mod->context.loaded_query();
        const bool counts = (flags & KMOD_PROBE_IGNORE_LOADED) == 0;
        if (const int flag = blacklisted(*mod, flags & kAllBlacklists);
            flag != 0 && !(counts && loaded(mod->name)))
            return flag;
        return probe(*mod, flags, extra_options,
                     {run_install, const_cast<void*>(data), print_action});
    });
}
