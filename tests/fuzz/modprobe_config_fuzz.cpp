// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the parser of modprobe.d files, modules.softdep and modules.weakdep.
#include "format/modprobe_config.hpp"

#include "base/text.hpp"
#include "catalog/config_rules.hpp"
#include "fuzz/fuzz.hpp"

namespace kmodpp::test {

namespace {

/// Soft dependencies without a module are shown, as kmod does, but are not a valid line.
std::string shown(const std::vector<ConfigRule>& rules) {
    std::string text;
    for (const ConfigRule& rule : rules)
        if (rule.kind != RuleKind::softdep || !rule.text.empty())
            text += cat(to_string(rule.kind), " ", rule.name, " ", rule.text, "\n");
    return text;
}

/// Blanks and backslashes that the grammar removes cannot be restored.
bool is_plain(std::string_view text) {
    return text.find_first_of("\\\r\n\v\f") == std::string_view::npos;
}

}  // namespace

void fuzz_one(Bytes input) {
    ModprobeConfig config;
    parse_modprobe_config(as_text(input), "a.conf", config);
    for (const ConfigRemark& remark : config.remarks)
        claim(!remark.text.empty() && remark.origin.line > 0,
              "a remark has a text and a line number");
    for (const AliasRule& rule : config.aliases)
        claim(!rule.pattern.empty() && !rule.module.empty(), "an alias has two names");

    const auto rules = list_rules(config);
    const std::string text = shown(rules);
    ModprobeConfig again;
    parse_modprobe_config(text, "b.conf", again);
    if (!is_plain(as_text(input))) return;
    claim(again.remarks.empty(), "the printed rules can be read");
    claim(shown(list_rules(again)) == text, "the printed rules have the same meaning");
}

}  // namespace kmodpp::test
