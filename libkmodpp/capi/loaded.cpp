// SPDX-License-Identifier: LGPL-2.1-or-later
// Functions for the modules in the running kernel.
#include <algorithm>
#include <array>
#include <climits>
#include <utility>

#include "base/text.hpp"
#include "capi/context.hpp"
#include "capi/list.hpp"

namespace {

using kmodpp::InitState;
using kmodpp::LoadedModule;
using kmodpp::capi::guarded;
using kmodpp::capi::guarded_code;
using kmodpp::capi::ListBuilder;
using kmodpp::capi::module_of;
using kmodpp::capi::SectionItem;

/// In the order of enum kmod_module_initstate.
constexpr std::array<const char*, 4> kStateNames = {"builtin", "live", "coming", "going"};

int state_of(const kmod_module& module) {
    if (kmodpp::capi::is_builtin(module)) return KMOD_MODULE_BUILTIN;
    switch (module.context.kernel->state(module.name)) {
        case InitState::live: return KMOD_MODULE_LIVE;
        case InitState::coming: return KMOD_MODULE_COMING;
        case InitState::going: return KMOD_MODULE_GOING;
        case InitState::builtin: return KMOD_MODULE_BUILTIN;
        case InitState::absent: break;
    }
    return -ENOENT;
}

/// The size from /proc/modules, for kernels without coresize.
long listed_size(const kmod_module& module) {
    const auto loaded = module.context.kernel->modules();
    if (!loaded) return kmodpp::capi::code_of(loaded.error());
    const auto found = std::ranges::find(*loaded, module.name, &LoadedModule::name);
    return found == loaded->end() ? -ENOENT : static_cast<long>(found->size);
}

}  // namespace

int kmod_module_new_from_loaded(kmod_ctx* ctx, kmod_list** list) {
    if (ctx == nullptr || list == nullptr) return -ENOENT;
    return guarded_code([&] {
        const auto loaded = ctx->kernel->modules();
        if (!loaded) return ctx->failed(loaded.error());
        ListBuilder modules;
        for (const LoadedModule& module : *loaded)
            modules.append(module_of(*ctx, module.name));
        *list = modules.release();
        return 0;
    });
}

const char* kmod_module_initstate_str(kmod_module_initstate state) {
    const auto number = static_cast<unsigned>(state);
    return number < kStateNames.size() ? kStateNames[number] : nullptr;
}

int kmod_module_get_initstate(const kmod_module* mod) {
    if (mod == nullptr) return -ENOENT;
    return guarded_code([mod] { return state_of(*mod); });
}

int kmod_module_get_refcnt(const kmod_module* mod) {
    if (mod == nullptr) return -ENOENT;
    return guarded_code([mod] {
        const auto count = mod->context.kernel->refcount(mod->name);
        if (!count) return mod->context.failed(count.error());
        return static_cast<int>(std::clamp<long>(*count, INT_MIN, INT_MAX));
    });
}

long kmod_module_get_size(const kmod_module* mod) {
    if (mod == nullptr) return -ENOENT;
    return guarded<long>(-ENOMEM, [mod] {
        const auto size = mod->context.kernel->size(mod->name);
        return size ? static_cast<long>(*size) : listed_size(*mod);
    });
}

kmod_list* kmod_module_get_holders(const kmod_module* mod) {
    if (mod == nullptr) return nullptr;
    return guarded<kmod_list*>(nullptr, [mod]() -> kmod_list* {
        const auto holders = mod->context.kernel->holders(mod->name);
        if (!holders) {
            mod->context.failed(holders.error());
            return nullptr;
        }
        ListBuilder list;
        for (const std::string& name : *holders)
            list.append(module_of(mod->context, name));
        return list.release();
    });
}

kmod_list* kmod_module_get_sections(const kmod_module* mod) {
    if (mod == nullptr) return nullptr;
    return guarded<kmod_list*>(nullptr, [mod] {
        ListBuilder list;
        for (auto& section : mod->context.kernel->sections(mod->name))
            list.append(SectionItem{std::move(section.name),
                                    static_cast<unsigned long>(section.address)});
        return list.release();
    });
}

const char* kmod_module_section_get_name(const kmod_list* entry) {
    const auto* const section = kmodpp::capi::item_of<SectionItem>(entry);
    return section == nullptr ? nullptr : section->name.c_str();
}

unsigned long kmod_module_section_get_address(const kmod_list* entry) {
    const auto* const section = kmodpp::capi::item_of<SectionItem>(entry);
    return section == nullptr ? ULONG_MAX : section->address;
}

void kmod_module_section_free_list(kmod_list* list) { kmodpp::capi::free_list(list); }
