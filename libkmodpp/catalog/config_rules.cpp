// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/config_rules.hpp"

#include <utility>

#include "base/text.hpp"

namespace kmodpp {

namespace {

void append_words(std::string& text, const std::vector<std::string>& words) {
    for (const std::string& word : words) {
        if (!text.empty()) text += ' ';
        text += word;
    }
}

void append_side(std::string& text, std::string_view side,
                 const std::vector<std::string>& modules) {
    if (modules.empty()) return;
    if (!text.empty()) text += ' ';
    text += side;
    append_words(text, modules);
}

std::string text_of(const SoftdepRule& rule) {
    std::string text;
    const SoftdepNames names = rule.names();
    append_side(text, "pre:", names.pre);
    append_side(text, "post:", names.post);
    return text;
}

std::string text_of(const WeakdepRule& rule) {
    std::string text;
    append_words(text, rule.modules());
    return text;
}

}  // namespace

std::vector<ConfigRule> list_rules(const ModprobeConfig& config) {
    std::vector<ConfigRule> rules;
    const auto add = [&rules](RuleKind kind, const std::string& name, std::string text,
                              const Origin& origin) {
        rules.push_back({kind, name, std::move(text), origin});
    };
    for (const BlacklistRule& rule : config.blacklist)
        add(RuleKind::blacklist, rule.module, {}, rule.origin);
    for (const ForbidRule& rule : config.forbid)
        add(RuleKind::forbid, rule.module, rule.text, rule.origin);
    for (const auto* installs : {&config.install, &config.forbid_repeats})
        for (const CommandRule& rule : *installs)
            add(RuleKind::install, rule.module, rule.command, rule.origin);
    for (const CommandRule& rule : config.remove)
        add(RuleKind::remove, rule.module, rule.command, rule.origin);
    for (const AliasRule& rule : config.aliases)
        add(RuleKind::alias, rule.pattern, rule.module, rule.origin);
    for (const OptionsRule& rule : config.options)
        add(RuleKind::options, rule.module, rule.options, rule.origin);
    for (const SoftdepRule& rule : config.softdeps)
        add(RuleKind::softdep, rule.module, text_of(rule), rule.origin);
    for (const WeakdepRule& rule : config.weakdeps)
        add(RuleKind::weakdep, rule.module, text_of(rule), rule.origin);
    return rules;
}

}  // namespace kmodpp
