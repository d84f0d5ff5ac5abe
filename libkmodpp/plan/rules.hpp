// SPDX-License-Identifier: LGPL-2.1-or-later
// Which line of the configuration holds for a module.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/wildcard.hpp"
#include "format/modprobe_config.hpp"

namespace kmodpp {

/// The first install or remove line for a module. Null: there is none.
[[nodiscard]] inline const CommandRule* command_for(const std::vector<CommandRule>& rules,
                                                    std::string_view module) {
    const auto rule = std::ranges::find_if(rules, [module](const CommandRule& r) {
        return wildcard_match(r.module, module);
    });
    return rule == rules.end() ? nullptr : &*rule;
}

/// The first blacklist line for a module. Null: there is none.
[[nodiscard]] inline const BlacklistRule* blacklist_for(const ModprobeConfig& config,
                                                        std::string_view module) {
    const auto rule = std::ranges::find(config.blacklist, module, &BlacklistRule::module);
    return rule == config.blacklist.end() ? nullptr : &*rule;
}

/// Whether a softdep or weakdep line is for a module. \param rule its name, a pattern
/// \param alias what led to the module; empty: its own name
[[nodiscard]] inline bool is_dependency_rule_for(std::string_view rule,
                                                 std::string_view module,
                                                 std::string_view alias) {
    return wildcard_match(rule, module) || (!alias.empty() && rule == alias);
}

}  // namespace kmodpp
