// SPDX-License-Identifier: LGPL-2.1-or-later
// Module objects: creation, reference counts, and their rules in the configuration.
#include "capi/module.hpp"

#include <sys/stat.h>

#include "base/names.hpp"
#include "base/text.hpp"
#include "capi/context.hpp"
#include "capi/list.hpp"
#include "io/absolute_path.hpp"
#include "plan/locate.hpp"
#include "plan/rules.hpp"

kmod_module::kmod_module(kmod_ctx& module_context, std::string module_name,
                         std::string module_alias)
    : context(*kmod_ref(&module_context)),
      name(std::move(module_name)),
      alias(std::move(module_alias)) {}

kmod_module::~kmod_module() {
    context.modules.erase({name, alias});
    kmod_unref(&context);
}

namespace kmodpp::capi {

ModuleRef module_of(kmod_ctx& context, std::string_view name, std::string_view alias) {
    if (const auto known = context.modules.find({name, alias});
        known != context.modules.end())
        return ModuleRef::share(known->second);
    auto module =
        ModuleRef::adopt(new kmod_module(context, std::string(name), std::string(alias)));
    context.modules.emplace(
        std::pair{std::string_view(module->name), std::string_view(module->alias)},
        module.get());
    return module;
}

const ModuleEntry* entry_of(const kmod_module& module, Catalog& databases) {
    if (!module.entry) {
        auto entry = databases.find_module(module.name);
        if (!entry) module.context.failed(entry.error());
        if (!entry || !*entry) return nullptr;
        module.entry = *std::move(entry);
        if (!module.path) module.path = module.context.image.display(module.entry->path);
    }
    return &*module.entry;
}

const std::string* path_of(const kmod_module& module) {
    if (!module.path) entry_of(module, module.context.databases());
    return module.path ? &*module.path : nullptr;
}

bool is_builtin(const kmod_module& module) {
    if (!module.builtin) {
        const auto found = module.context.databases().is_builtin(module.name);
        if (!found) return false;
        module.builtin = *found;
    }
    return *module.builtin;
}

}  // namespace kmodpp::capi

namespace {

using kmodpp::Catalog;
using kmodpp::CommandRule;
using kmodpp::NamedModule;
using kmodpp::NameSource;
using kmodpp::Result;
using kmodpp::capi::entry_of;
using kmodpp::capi::guarded;
using kmodpp::capi::guarded_code;
using kmodpp::capi::is_builtin;
using kmodpp::capi::ListBuilder;
using kmodpp::capi::module_of;
using kmodpp::capi::ModuleRef;

/// Accepts file names: everything after the first dot is ignored.
std::string name_of(std::string_view text) {
    return kmodpp::normalise_module_name(text.substr(0, text.find('.')));
}

Result<ModuleRef> module_of_path(kmod_ctx& context, std::string_view given) {
    std::string path = kmodpp::io::absolute_path(given);
    TRY_ASSIGN(const struct stat status, context.root.stat(path));
    const std::string name = kmodpp::module_name_of_path(path);
    if (!S_ISREG(status.st_mode) || name.empty())
        return kmodpp::fail_errno(EINVAL, kmodpp::cat(path, ": not a module file"));
    ModuleRef module = module_of(context, name);
    if (module->path && *module->path != path)
        return kmodpp::fail_errno(
            EEXIST,
            kmodpp::cat(path, ": ", name, " is already known as ", *module->path));
    if (!module->path) module->path = std::move(path);
    return module;
}

/// Joins the options lines for the module and for the alias that led to it.
std::string options_of(const kmod_module& module) {
    std::string options;
    for (const kmodpp::OptionsRule* const rule :
         kmodpp::options_for(module.context.config(), module.name, module.alias)) {
        if (!options.empty()) options += ' ';
        options += rule->options;
    }
    return options;
}

/// Returns the cached text, which `find` computes on the first call; null if it is
/// empty.
template <class Find>
const char* cached(std::optional<std::string>& text, Find find) {
    return guarded<const char*>(nullptr, [&] {
        if (!text) text = find();
        return text->empty() ? nullptr : text->c_str();
    });
}

std::string command_of(const std::vector<CommandRule>& rules, const kmod_module& module) {
    const CommandRule* const rule = kmodpp::command_for(rules, module.name);
    return rule == nullptr ? std::string() : rule->command;
}

/// Appends every module that one of the names matches, directly or as an alias.
kmodpp::Status add_all(kmod_ctx& context, const std::vector<std::string>& names,
                       ListBuilder& list) {
    Catalog& databases = context.databases();
    for (const std::string& name : names) {
        TRY_ASSIGN(const auto found, kmodpp::find_matches(databases, name));
        for (const NamedModule& named : found) {
            ModuleRef module = module_of(context, named.name, named.alias);
            if (named.source == NameSource::builtin_alias) module->builtin = true;
            if (named.source == NameSource::module_name)
                entry_of(*module.get(), databases);
            list.append(std::move(module));
        }
    }
    return {};
}

}  // namespace

int kmod_module_new_from_name(kmod_ctx* ctx, const char* name, kmod_module** mod) {
    if (ctx == nullptr || name == nullptr || mod == nullptr) return -ENOENT;
    return guarded_code([&] {
        *mod = module_of(*ctx, name_of(name)).release();
        return 0;
    });
}

int kmod_module_new_from_path(kmod_ctx* ctx, const char* path, kmod_module** mod) {
    if (ctx == nullptr || path == nullptr || mod == nullptr) return -ENOENT;
    return guarded_code([&] {
        auto module = module_of_path(*ctx, path);
        if (!module) return ctx->failed(module.error());
        *mod = module->release();
        return 0;
    });
}

int kmod_module_new_from_lookup(kmod_ctx* ctx, const char* given_alias,
                                kmod_list** list) {
    if (ctx == nullptr || given_alias == nullptr) return -ENOENT;
    if (list == nullptr || *list != nullptr) return -ENOSYS;
    return guarded_code([&] {
        if (!kmodpp::normalise_alias(given_alias)) return -EINVAL;
        ListBuilder found;
        if (const auto done = add_all(*ctx, {given_alias}, found); !done)
            return ctx->failed(done.error());
        *list = found.release();
        return 0;
    });
}

int kmod_module_new_from_name_lookup(kmod_ctx* ctx, const char* modname,
                                     kmod_module** mod) {
    if (ctx == nullptr || modname == nullptr || mod == nullptr) return -ENOENT;
    return guarded_code([&] {
        Catalog& databases = ctx->databases();
        const auto found = kmodpp::locate_module(databases, name_of(modname));
        if (found) {
            ModuleRef module = module_of(*ctx, found->front().name);
            if (found->front().path.empty())
                module->builtin = true;
            else
                entry_of(*module.get(), databases);
            *mod = module.release();
        } else if (found.error().kind != kmodpp::ErrorKind::not_found) {
            return ctx->failed(found.error());
        }
        return 0;
    });
}

kmod_module* kmod_module_ref(kmod_module* mod) {
    if (mod != nullptr) ++mod->references;
    return mod;
}

kmod_module* kmod_module_unref(kmod_module* mod) {
    if (mod == nullptr || --mod->references > 0) return mod;
    delete mod;
    return nullptr;
}

int kmod_module_unref_list(kmod_list* list) {
    kmodpp::capi::free_list(list);
    return 0;
}

kmod_module* kmod_module_get_module(const kmod_list* entry) {
    const auto* const module = kmodpp::capi::item_of<ModuleRef>(entry);
    return module == nullptr ? nullptr : kmod_module_ref(module->get());
}

const char* kmod_module_get_name(const kmod_module* mod) {
    return mod == nullptr ? nullptr : mod->name.c_str();
}

const char* kmod_module_get_path(const kmod_module* mod) {
    if (mod == nullptr) return nullptr;
    return guarded<const char*>(nullptr, [&] {
        const std::string* const path = kmodpp::capi::path_of(*mod);
        return path == nullptr ? nullptr : path->c_str();
    });
}

const char* kmod_module_get_options(const kmod_module* mod) {
    if (mod == nullptr) return nullptr;
    return cached(mod->options, [mod] { return options_of(*mod); });
}

const char* kmod_module_get_install_commands(const kmod_module* mod) {
    if (mod == nullptr) return nullptr;
    return cached(mod->install_command,
                  [mod] { return command_of(mod->context.config().install, *mod); });
}

const char* kmod_module_get_remove_commands(const kmod_module* mod) {
    if (mod == nullptr) return nullptr;
    return cached(mod->remove_command,
                  [mod] { return command_of(mod->context.config().remove, *mod); });
}

kmod_list* kmod_module_get_dependencies(const kmod_module* mod) {
    if (mod == nullptr) return nullptr;
    return guarded<kmod_list*>(nullptr, [&]() -> kmod_list* {
        const auto* const entry = entry_of(*mod, mod->context.databases());
        if (entry == nullptr) return nullptr;
        ListBuilder list;
        // In modules.dep, a module precedes those that it depends on.
        const auto& paths = entry->dependencies;
        for (auto path = paths.rbegin(); path != paths.rend(); ++path) {
            ModuleRef module =
                module_of(mod->context, kmodpp::module_name_of_path(*path));
            if (!module->path) module->path = mod->context.image.display(*path);
            list.append(std::move(module));
        }
        return list.release();
    });
}

int kmod_module_get_softdeps(const kmod_module* mod, kmod_list** pre, kmod_list** post) {
    if (mod == nullptr || pre == nullptr || post == nullptr) return -ENOENT;
    if (*pre != nullptr || *post != nullptr) return -EINVAL;
    return guarded_code([&] {
        ListBuilder before, after;
        for (const kmodpp::SoftdepRule& rule : mod->context.config().softdeps) {
            if (!kmodpp::is_dependency_rule_for(rule.module, mod->name, mod->alias))
                continue;
            const kmodpp::SoftdepNames names = rule.names();
            for (auto [side, list] :
                 {std::pair{&names.pre, &before}, std::pair{&names.post, &after}})
                if (const auto done = add_all(mod->context, *side, *list); !done)
                    return mod->context.failed(done.error());
        }
        *pre = before.release();
        *post = after.release();
        return 0;
    });
}

int kmod_module_get_weakdeps(const kmod_module* mod, kmod_list** weak) {
    if (mod == nullptr || weak == nullptr) return -ENOENT;
    if (*weak != nullptr) return -EINVAL;
    return guarded_code([&] {
        ListBuilder list;
        for (const kmodpp::WeakdepRule& rule : mod->context.config().weakdeps) {
            if (!kmodpp::is_dependency_rule_for(rule.module, mod->name, mod->alias))
                continue;
            if (const auto done = add_all(mod->context, rule.modules(), list); !done)
                return mod->context.failed(done.error());
        }
        *weak = list.release();
        return 0;
    });
}

int kmod_module_apply_filter(const kmod_ctx* ctx, kmod_filter filter_type,
                             const kmod_list* input, kmod_list** output) {
    if (ctx == nullptr || output == nullptr) return -ENOENT;
    *output = nullptr;
    return guarded_code([&] {
        const auto is_out = [&](const kmod_module& module) {
            return ((filter_type & KMOD_FILTER_BLACKLIST) != 0 &&
                    (kmodpp::blacklist_for(ctx->config(), module.name) != nullptr ||
                     kmodpp::forbid_for(ctx->config(), module.name) != nullptr)) ||
                   ((filter_type & KMOD_FILTER_BUILTIN) != 0 && is_builtin(module));
        };
        ListBuilder list;
        for (const kmod_list* entry = input; entry != nullptr;
             entry = kmod_list_next(input, entry)) {
            ModuleRef module = ModuleRef::adopt(kmod_module_get_module(entry));
            if (module.get() != nullptr && !is_out(*module.get()))
                list.append(std::move(module));
        }
        *output = list.release();
        return 0;
    });
}

int kmod_module_get_filtered_blacklist(const kmod_ctx* ctx, const kmod_list* input,
                                       kmod_list** output) {
    return kmod_module_apply_filter(ctx, KMOD_FILTER_BLACKLIST, input, output);
}
