// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/device_matches.hpp"

#include <algorithm>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "plan/resolver.hpp"

namespace kmodpp {

Result<const std::vector<NamedModule>*> DeviceMatches::find(const std::string& modalias) {
    if (const auto known = found_.find(modalias); known != found_.end())
        return &known->second;
    TRY_ASSIGN(auto modules, look_up(catalog_, modalias));
    // modprobe asks for built-in modules only if no other source knows the alias.
    if (const auto query = normalise_alias(modalias)) {
        TRY_ASSIGN(auto builtin, catalog_.search(Database::builtin_alias, *query));
        for (NamedModule& module : builtin) {
            if (std::ranges::find(modules, module.name, &NamedModule::name) !=
                modules.end())
                continue;
            module.source = NameSource::builtin_alias;
            module.alias = *query;
            modules.push_back(std::move(module));
        }
    }
    if (modules.size() > kMaxModules) {
        files_.report({ErrorKind::unsupported, 0,
                       cat(modules.size(), " modules match ", printable(modalias),
                           ": only the first ", kMaxModules, " are shown")});
        modules.resize(kMaxModules);
    }
    return &found_.emplace(modalias, std::move(modules)).first->second;
}

}  // namespace kmodpp
