// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules of the configuration, one kind at a time.
#include <optional>
#include <string>
#include <vector>

#include "capi/context.hpp"
#include "catalog/config_rules.hpp"

/// Owns copies of its rules: it may outlive the context.
struct kmod_config_iter {
    std::vector<kmodpp::ConfigRule> rules;
    std::optional<std::size_t> position = {};
};

namespace {

using kmodpp::ConfigRule;
using kmodpp::RuleKind;
using kmodpp::capi::guarded;

kmod_config_iter* rules_of(const kmod_ctx* ctx, RuleKind kind) {
    if (ctx == nullptr) return nullptr;
    return guarded<kmod_config_iter*>(nullptr, [&] {
        auto rules = kmodpp::list_rules(ctx->config());
        std::erase_if(rules,
                      [kind](const ConfigRule& rule) { return rule.kind != kind; });
        return new kmod_config_iter{std::move(rules)};
    });
}

const ConfigRule* rule_of(const kmod_config_iter* iter) {
    return iter == nullptr || !iter->position ? nullptr : &iter->rules[*iter->position];
}

}  // namespace

kmod_config_iter* kmod_config_get_blacklists(const kmod_ctx* ctx) {
    return rules_of(ctx, RuleKind::blacklist);
}
kmod_config_iter* kmod_config_get_install_commands(const kmod_ctx* ctx) {
    return rules_of(ctx, RuleKind::install);
}
kmod_config_iter* kmod_config_get_remove_commands(const kmod_ctx* ctx) {
    return rules_of(ctx, RuleKind::remove);
}
kmod_config_iter* kmod_config_get_aliases(const kmod_ctx* ctx) {
    return rules_of(ctx, RuleKind::alias);
}
kmod_config_iter* kmod_config_get_options(const kmod_ctx* ctx) {
    return rules_of(ctx, RuleKind::options);
}
kmod_config_iter* kmod_config_get_softdeps(const kmod_ctx* ctx) {
    return rules_of(ctx, RuleKind::softdep);
}
kmod_config_iter* kmod_config_get_weakdeps(const kmod_ctx* ctx) {
    return rules_of(ctx, RuleKind::weakdep);
}

const char* kmod_config_iter_get_key(const kmod_config_iter* iter) {
    const ConfigRule* const rule = rule_of(iter);
    return rule == nullptr ? nullptr : rule->name.c_str();
}

const char* kmod_config_iter_get_value(const kmod_config_iter* iter) {
    const ConfigRule* const rule = rule_of(iter);
    // A blacklist line has a name and nothing else.
    if (rule == nullptr || rule->kind == RuleKind::blacklist) return nullptr;
    return rule->text.c_str();
}

bool kmod_config_iter_next(kmod_config_iter* iter) {
    if (iter == nullptr) return false;
    const std::size_t next = iter->position ? *iter->position + 1 : 0;
    const bool is_there = next < iter->rules.size();
    iter->position = is_there ? std::optional(next) : std::nullopt;
    return is_there;
}

void kmod_config_iter_free_iter(kmod_config_iter* iter) { delete iter; }
