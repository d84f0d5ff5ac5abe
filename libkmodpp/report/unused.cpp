// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/unused.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace kmodpp {

namespace {

bool is_unused(const LoadedModule& module) {
    return module.state == InitState::live && module.refcount == 0 &&
           module.holders.empty();
}

bool has_refcount(const LoadedModule& module) { return module.refcount.has_value(); }

}  // namespace

Result<std::vector<UnusedModule>> find_unused_modules(kernel::Kernel& kernel) {
    TRY_ASSIGN(auto modules, kernel.modules());
    if (!modules.empty() && std::ranges::none_of(modules, has_refcount))
        return fail(ErrorKind::unsupported,
                    "this kernel was built without CONFIG_MODULE_UNLOAD and cannot "
                    "remove modules",
                    ENOSYS);
    std::vector<UnusedModule> found;
    for (LoadedModule& module : modules) {
        if (!is_unused(module)) continue;
        UnusedModule unused{std::move(module)};
        for (kernel::ModuleUse& use : kernel.bound_devices(unused.module.name))
            unused.devices.push_back({std::move(use.what), std::move(use.how)});
        found.push_back(std::move(unused));
    }
    return found;
}

}  // namespace kmodpp
