// SPDX-License-Identifier: LGPL-2.1-or-later
// May this module, and any module at all, be loaded here? Signature, lockdown, privilege.
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "action/load_case.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "format/parameters.hpp"
#include "format/signature.hpp"

namespace kmodpp {

namespace {

constexpr std::string_view kSignAdvice =
    "sign it with a key that the kernel trusts (a machine owner's key is enrolled with "
    "'mokutil --import')";

std::string hex_bytes(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string text;
    for (const char c : bytes) {
        const auto b = static_cast<unsigned char>(c);
        if (!text.empty()) text += ':';
        text += kDigits[b >> 4];
        text += kDigits[b & 0xf];
    }
    return text;
}

/// What the file says of its signature.
struct Signature {
    enum class State { absent, present, malformed, unsupported };
    State state = State::absent;
    ModuleSignature signature = {};
    std::string fault = {};
};

Signature read(LoadCase& load) {
    auto found = read_signature(load.file);
    if (!found)
        return {found.error().kind == ErrorKind::unsupported
                    ? Signature::State::unsupported
                    : Signature::State::malformed,
                {},
                found.error().message};
    if (!*found) return {};
    return {Signature::State::present, **std::move(found), {}};
}

std::string describe(const ModuleSignature& signature) {
    std::string text = signature.signer.empty()
                           ? "an unnamed signer"
                           : cat("'", printable(signature.signer, 128), "'");
    if (!signature.key_id.empty())
        text += cat(" (key ", hex_bytes(signature.key_id.substr(0, 20)), ")");
    return text;
}

std::vector<Fact> signature_facts(const Signature& found) {
    switch (found.state) {
        case Signature::State::absent: return {{"signature", "none"}};
        case Signature::State::malformed: return {{"signature", "malformed"}};
        case Signature::State::unsupported: return {{"signature", "unsupported"}};
        case Signature::State::present: break;
    }
    std::vector<Fact> facts = {{"signature", "present"}};
    const auto add = [&](std::string name, std::string value) {
        if (!value.empty()) facts.push_back({std::move(name), std::move(value)});
    };
    add("signer", found.signature.signer);
    add("key_id", hex_bytes(found.signature.key_id));
    add("hash_algorithm", found.signature.hash_algorithm);
    return facts;
}

/// "this kernel takes signed modules only (module.sig_enforce=1)"
std::string demand(const kernel::LoadPolicy& policy) {
    std::string text = "this kernel takes modules only that a key it trusts has signed";
    if (policy.signatures_enforced == true) text += " (module.sig_enforce)";
    if (is_locked_down(policy)) text += cat(" (lockdown=", policy.lockdown, ")");
    return text;
}

void add_policy_facts(Finding& finding, const kernel::LoadPolicy& policy) {
    if (policy.signatures_enforced)
        finding.facts.push_back(
            {"sig_enforce", *policy.signatures_enforced ? "yes" : "no"});
    if (!policy.lockdown.empty()) finding.facts.push_back({"lockdown", policy.lockdown});
}

/// The state of a signed or unsigned module where only trusted ones are taken.
/// \param as_cause what an otherwise proper refusal is called, when it has a name already
void add_untrusted(LoadCase& load, const Signature& found,
                   const kernel::LoadPolicy& policy,
                   std::optional<FailureCause> as_cause = std::nullopt) {
    const std::string wish = demand(policy);
    Finding* finding = nullptr;
    const bool forced = load.flags.ignore_modversions || load.flags.ignore_vermagic;
    if (found.state == Signature::State::absent)
        finding = &load.add(as_cause.value_or(FailureCause::unsigned_module),
                            cat("it is not signed; ", wish), std::string(kSignAdvice));
    else if (found.state == Signature::State::malformed)
        finding =
            &load.add(FailureCause::malformed_signature,
                      cat("its signature is damaged: ", found.fault), "sign it again");
    else if (found.state == Signature::State::unsupported ||
             load.messages.rejected.contains("unsupported"))
        finding = &load.add(FailureCause::unsupported_signature,
                            cat("its signature is of a kind that this kernel cannot "
                                "check",
                                found.fault.empty() ? "" : ": ", found.fault, "; ", wish),
                            "sign it anew, with a hash that the kernel has built in");
    else if (forced && !load.messages.rejected.contains("unavailable key"))
        finding = &load.add(as_cause.value_or(FailureCause::unsigned_module),
                            cat("loaded by force it counts as unsigned; ", wish),
                            "load it without --force");
    else
        finding = &load.add(as_cause.value_or(FailureCause::unknown_key),
                            cat("it is signed by ", describe(found.signature),
                                ", a key that this kernel does not trust; ", wish),
                            "enrol the signer's certificate with 'mokutil --import', or "
                            "sign the module with a key that is known");
    finding->facts = signature_facts(found);
    add_policy_facts(*finding, policy);
}

void add_changed(LoadCase& load, const Signature& found) {
    load.add(FailureCause::wrong_signature,
             cat("its contents do not agree with its signature by ",
                 describe(found.signature), ": it was changed after signing"),
             "strip and compress modules before they are signed; get the file anew")
        .facts = signature_facts(found);
}

bool on_command_line(const LoadCase& load, std::string_view name,
                     std::string_view module) {
    const auto line = load.sources.kernel.command_line();
    if (!line) return false;
    for (const Parameter& parameter : split_parameters(*line)) {
        if (!same_module_name(parameter.name, name)) continue;
        if (module.empty()) return true;
        for (std::string_view rest = parameter.value ? *parameter.value
                                                     : std::string_view();
             !rest.empty();)
            if (take_until(rest, ',') == module) return true;
    }
    return false;
}

}  // namespace

void examine_signature(LoadCase& load) {
    const Signature found = read(load);
    const kernel::LoadPolicy policy = load.sources.kernel.policy();
    const bool enforced =
        policy.signatures_enforced.value_or(false) || is_locked_down(policy);
    const bool says_why = !load.messages.rejected.empty();
    // Where nothing is enforced, only changed contents are refused.
    const bool is_changed = found.state == Signature::State::present &&
                            load.code() == EKEYREJECTED && !says_why && !enforced;
    if (is_changed) return add_changed(load, found);
    if (load.code() == EBADMSG && found.state == Signature::State::present) {
        load.add(FailureCause::malformed_signature, "its signature is damaged",
                 "sign it again")
            .facts = signature_facts(found);
        return;
    }
    // The kernel says nothing of changed contents, but names every other reason.
    if (found.state == Signature::State::present && load.code() == EKEYREJECTED &&
        !says_why && load.failure.kernel_log)
        return add_changed(load, found);
    add_untrusted(load, found, policy);
}

bool is_locked_down(const kernel::LoadPolicy& policy) {
    return !policy.lockdown.empty() && policy.lockdown != "none";
}

void examine_permission(LoadCase& load) {
    const kernel::LoadPolicy policy = load.sources.kernel.policy();
    if (policy.privileged == false) {
        load.add(FailureCause::not_privileged,
                 cat("this process may not load modules: it lacks CAP_SYS_MODULE (user ",
                     geteuid(), ")"),
                 geteuid() == 0 ? "containers are seldom given it: load the module on "
                                  "the host"
                                : "run it as root")
            .facts = {{"user", cat(geteuid())}};
        return;
    }
    if (policy.modules_disabled || on_command_line(load, "nomodule", "")) {
        load.add(FailureCause::modules_disabled,
                 policy.modules_disabled
                     ? "the kernel loads no more modules (kernel.modules_disabled=1)"
                     : "the kernel was booted with 'nomodule' and loads none",
                 policy.modules_disabled
                     ? "only a reboot allows it again; modules-load.d is read before "
                       "the switch is set"
                     : "boot without it");
        return;
    }
    if (load.messages.blacklisted ||
        on_command_line(load, "module_blacklist", load.name)) {
        load.add(FailureCause::blacklisted,
                 "the kernel command line forbids it (module_blacklist=)",
                 "boot without it");
        return;
    }
    if (!load.messages.restricted.empty() || is_locked_down(policy))
        return add_untrusted(load, read(load), policy, FailureCause::locked_down);
    load.add(
        FailureCause::denied_by_policy,
        "neither lockdown nor a blacklist of the kernel forbids it: a security module "
        "(SELinux, AppArmor, LoadPin), a seccomp filter or the module's own init "
        "function did");
}

}  // namespace kmodpp
