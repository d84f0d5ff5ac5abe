// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/description.hpp"

#include "catalog/module_info.hpp"

namespace kmodpp {

Result<std::vector<ModuleInfo>> describe(Catalog& catalog,
                                         const std::vector<ModuleLocation>& modules) {
    std::vector<ModuleInfo> infos;
    for (const ModuleLocation& module : modules) {
        TRY_ASSIGN(auto info, module.path.empty()
                                  ? read_builtin_info(catalog, module.name)
                                  : read_module_info(*module.root, module.path));
        infos.push_back(std::move(info));
    }
    return infos;
}

}  // namespace kmodpp
