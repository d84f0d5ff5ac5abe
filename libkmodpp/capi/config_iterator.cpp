// SPDX-License-Identifier: LGPL-2.1-or-later
// Iterates over the rules of the configuration, one kind at a time.
#include <algorithm>
#include <memory>
#include <span>
#include <vector>

#include "capi/context.hpp"
#include "catalog/config_rules.hpp"

/// Shares the rules with the context and may outlive it. The returned strings
/// may outlive the iterator.
struct kmod_config_iter {
    std::shared_ptr<const std::vector<kmodpp::ConfigRule>> rules;
    kmodpp::RuleKind kind;
    std::size_t next = 0;
    const kmodpp::ConfigRule* current = nullptr;
};

namespace {

using kmodpp::ConfigRule;
using kmodpp::RuleKind;
using kmodpp::capi::guarded;

kmod_config_iter* rules_of(const kmod_ctx* ctx, RuleKind kind) {
    if (ctx == nullptr) return nullptr;
    return guarded<kmod_config_iter*>(nullptr, [&] {
        return new kmod_config_iter{ctx->rules(), kind};
    });
}

const ConfigRule* rule_of(const kmod_config_iter* iter) {
    return iter == nullptr ? nullptr : iter->current;
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
    // A blacklist line has only a name.
    if (rule == nullptr || rule->kind == RuleKind::blacklist) return nullptr;
    return rule->text.c_str();
}

bool kmod_config_iter_next(kmod_config_iter* iter) {
    if (iter == nullptr) return false;
    const std::span rest = std::span(*iter->rules).subspan(iter->next);
    const auto found = std::ranges::find(rest, iter->kind, &ConfigRule::kind);
    const bool is_found = found != rest.end();
    iter->current = is_found ? &*found : nullptr;
    // After the last rule the iterator starts again.
    iter->next = is_found ? iter->next + (found - rest.begin()) + 1 : 0;
    return is_found;
}

void kmod_config_iter_free_iter(kmod_config_iter* iter) { delete iter; }
