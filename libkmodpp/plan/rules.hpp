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

/// Whether an alias line with this target keeps its name from standing for any module. (A
/// module named "off" would be found, and loaded.)
[[nodiscard]] inline bool is_off(std::string_view target) { return target == "off"; }

/// The first blacklist line for a module. Null: there is none.
[[nodiscard]] inline const BlacklistRule* blacklist_for(const ModprobeConfig& config,
                                                        std::string_view module) {
    const auto rule = std::ranges::find(config.blacklist, module, &BlacklistRule::module);
    return rule == config.blacklist.end() ? nullptr : &*rule;
}

/// Every options line for a module, in order. \param alias what led to it; empty: its own
/// name
[[nodiscard]] inline std::vector<const OptionsRule*> options_for(
    const ModprobeConfig& config, std::string_view module, std::string_view alias) {
    std::vector<const OptionsRule*> rules;
    for (const OptionsRule& rule : config.options)
        if (rule.module == module || (!alias.empty() && rule.module == alias))
            rules.push_back(&rule);
    return rules;
}

/// Whether a softdep or weakdep line is for a module. \param rule its name, a pattern
/// \param alias what led to the module; empty: its own name
[[nodiscard]] inline bool is_dependency_rule_for(std::string_view rule,
                                                 std::string_view module,
                                                 std::string_view alias) {
    return wildcard_match(rule, module) || (!alias.empty() && rule == alias);
}

}  // namespace kmodpp
