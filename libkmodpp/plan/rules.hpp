// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the lines of the configuration that apply to a module.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
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

/// Whether an alias line with this target disables the alias. (If there is a module
/// named "off", it is found and loaded.)
[[nodiscard]] inline bool is_off(std::string_view target) { return target == "off"; }

/// The first blacklist line for a module. Null: there is none.
[[nodiscard]] inline const BlacklistRule* blacklist_for(const ModprobeConfig& config,
                                                        std::string_view module) {
    const auto rule = std::ranges::find(config.blacklist, module, &BlacklistRule::module);
    return rule == config.blacklist.end() ? nullptr : &*rule;
}

/// The first forbid line for a module. Null: there is none.
[[nodiscard]] inline const ForbidRule* forbid_for(const ModprobeConfig& config,
                                                  std::string_view module) {
    const auto rule = std::ranges::find_if(config.forbid, [module](const ForbidRule& r) {
        return wildcard_match(r.module, module);
    });
    return rule == config.forbid.end() ? nullptr : &*rule;
}

/// "MODULE is forbidden in FILE line N: TEXT"
[[nodiscard]] inline std::string forbidden_text(std::string_view module,
                                                const ForbidRule& rule) {
    std::string text =
        cat(printable(module), " is forbidden in ", rule.origin.describe());
    if (!rule.text.empty()) text += cat(": ", rule.text);
    return text;
}

/// All options lines for a module, in order.
/// \param alias the alias that led to the module; empty: its own name
[[nodiscard]] inline std::vector<const OptionsRule*> options_for(
    const ModprobeConfig& config, std::string_view module, std::string_view alias) {
    std::vector<const OptionsRule*> rules;
    for (const OptionsRule& rule : config.options)
        if (rule.module == module || (!alias.empty() && rule.module == alias))
            rules.push_back(&rule);
    return rules;
}

/// Whether a softdep or weakdep line applies to a module.
/// \param rule the pattern of the line
/// \param alias the alias that led to the module; empty: its own name
[[nodiscard]] inline bool is_dependency_rule_for(std::string_view rule,
                                                 std::string_view module,
                                                 std::string_view alias) {
    return wildcard_match(rule, module) || (!alias.empty() && rule == alias);
}

}  // namespace kmodpp
