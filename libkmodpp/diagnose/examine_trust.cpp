// SPDX-License-Identifier: LGPL-2.1-or-later
// May this module, and any module at all, be loaded here? Signature, lockdown, privilege.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "diagnose/load_case.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "format/parameters.hpp"
#include "format/signature.hpp"
#include "trust/check_signature.hpp"

namespace kmodpp {

namespace {

constexpr std::string_view kSignAdvice =
    "sign it with a key that the kernel trusts (a machine owner's key is enrolled with "
    "'mokutil --import')";

/// What is known of the file's signature.
struct Signature {
    SignatureCheck check = {};
    bool is_verified = false;  ///< the check is one, and not only what the file states

    [[nodiscard]] bool is(SignatureVerdict verdict) const {
        return check.verdict == verdict;
    }
    /// There is one that can be read, whatever it is worth.
    [[nodiscard]] bool is_readable() const {
        return !is(SignatureVerdict::unsigned_module) &&
               !is(SignatureVerdict::malformed) && !is(SignatureVerdict::unsupported);
    }
};

/// Without the certificates: a signature that can be read is of a key that is not known.
Signature read(LoadCase& load) {
    Signature out;
    auto found = read_signature(load.file);
    if (!found) {
        const bool is_known = found.error().kind != ErrorKind::unsupported;
        out.check.verdict =
            is_known ? SignatureVerdict::malformed : SignatureVerdict::unsupported;
        out.check.reason = found.error().message;
    } else if (*found) {
        ModuleSignature& signature = **found;
        out.check.verdict = SignatureVerdict::unknown_key;
        out.check.signer = std::move(signature.signer);
        out.check.key_id = std::move(signature.key_id);
        out.check.hash_algorithm = std::move(signature.hash_algorithm);
    }
    return out;
}

/// Verified where that is possible; a file without a signature is not worth the search
/// for certificates.
Signature examine(LoadCase& load) {
    Signature out = read(load);
    if (!out.is_readable() || !load.sources.certificates) return out;
    const trust::TrustStore* const store = load.sources.certificates();
    if (store == nullptr) return out;
    if (auto check = trust::check_signature(load.file, *store)) {
        out.check = *std::move(check);
        out.is_verified = true;
    }
    return out;
}

std::string describe(const SignatureCheck& check) {
    std::string text = check.signer.empty() ? "an unnamed signer"
                                            : cat("'", printable(check.signer, 128), "'");
    if (!check.key_id.empty())
        text += cat(" (key ", hex_bytes(check.key_id.substr(0, 20)), ")");
    return text;
}

std::vector<Fact> signature_facts(const Signature& found) {
    if (found.is(SignatureVerdict::unsigned_module)) return {{"signature", "none"}};
    if (found.is(SignatureVerdict::malformed)) return {{"signature", "malformed"}};
    if (found.is(SignatureVerdict::unsupported)) return {{"signature", "unsupported"}};
    std::vector<Fact> facts = {{"signature", "present"}};
    const auto add = [&](std::string name, std::string value) {
        if (!value.empty()) facts.push_back({std::move(name), std::move(value)});
    };
    if (found.is_verified) add("verdict", std::string(to_string(found.check.verdict)));
    add("signer", found.check.signer);
    add("key_id", hex_bytes(found.check.key_id));
    add("hash_algorithm", found.check.hash_algorithm);
    add("store", found.check.store);
    return facts;
}

/// "this kernel takes signed modules only (module.sig_enforce=1)"
std::string demand(const kernel::LoadPolicy& policy) {
    std::string why;
    if (policy.signatures_enforced == true) why = "module.sig_enforce";
    if (is_locked_down(policy))
        why += cat(why.empty() ? "" : ", ", "lockdown=", policy.lockdown);
    return cat("this kernel takes modules only that a key it trusts has signed",
               why.empty() ? "" : cat(" (", why, ")"));
}

void add_policy_facts(Finding& finding, const kernel::LoadPolicy& policy) {
    if (policy.signatures_enforced)
        finding.facts.push_back(
            {"sig_enforce", *policy.signatures_enforced ? "yes" : "no"});
    if (!policy.lockdown.empty()) finding.facts.push_back({"lockdown", policy.lockdown});
}

/// A key that is known here but not to the kernel, and how it gets to know it.
struct Enrolment {
    std::string text;
    std::string advice;
};
Enrolment enrolment_of(const Signature& found) {
    if (found.is_verified && found.is(SignatureVerdict::valid))
        return {cat("; the signature holds, by ", found.check.store), {}};
    const std::string& candidate = found.check.candidate;
    if (candidate.empty())
        return {{},
                "enrol the signer's certificate with 'mokutil --import', or sign the "
                "module with a key that is known"};
    return {cat("; its certificate ", candidate, " is not enrolled"),
            cat("enrol it with 'mokutil --import ", candidate,
                "' and reboot; see module-signatures(7)")};
}

/// The state of a signed or unsigned module where only trusted ones are taken.
/// \param as_cause what an otherwise proper refusal is called, when it has a name already
void add_untrusted(LoadCase& load, const Signature& found,
                   const kernel::LoadPolicy& policy,
                   std::optional<FailureCause> as_cause = std::nullopt) {
    const std::string wish = demand(policy);
    const std::string& reason = found.check.reason;
    Finding* finding = nullptr;
    const bool forced = load.flags.ignore_modversions || load.flags.ignore_vermagic;
    if (found.is(SignatureVerdict::unsigned_module))
        finding = &load.add(as_cause.value_or(FailureCause::unsigned_module),
                            cat("it is not signed; ", wish), std::string(kSignAdvice));
    else if (found.is(SignatureVerdict::malformed))
        finding = &load.add(FailureCause::malformed_signature,
                            cat("its signature is damaged: ", reason), "sign it again");
    else if (found.is(SignatureVerdict::unsupported) ||
             load.messages.rejected.contains("unsupported"))
        finding = &load.add(
            FailureCause::unsupported_signature,
            cat("its signature is of a kind that this kernel cannot "
                "check",
                found.is(SignatureVerdict::unsupported) ? ": " : "",
                found.is(SignatureVerdict::unsupported) ? std::string_view(reason)
                                                        : std::string_view(),
                "; ", wish),
            "sign it anew, with a hash that the kernel has built in");
    else if (forced && !load.messages.rejected.contains("unavailable key"))
        finding = &load.add(as_cause.value_or(FailureCause::unsigned_module),
                            cat("loaded by force it counts as unsigned; ", wish),
                            "load it without --force");
    else {
        Enrolment enrolment = enrolment_of(found);
        finding = &load.add(
            as_cause.value_or(FailureCause::unknown_key),
            cat("it is signed by ", describe(found.check),
                ", a key that this kernel does not trust", enrolment.text, "; ", wish),
            std::move(enrolment.advice));
    }
    finding->facts = signature_facts(found);
    add_policy_facts(*finding, policy);
}

/// What is refused whatever the policy is, and whatever key it was signed with.
void add_rejected(LoadCase& load, const Signature& found) {
    Finding* finding = nullptr;
    if (found.is_verified && found.is(SignatureVerdict::blacklisted))
        finding = &load.add(FailureCause::revoked_key, found.check.reason,
                            "get a file that is signed with another key");
    else if (found.is_verified && found.is(SignatureVerdict::not_for_modules))
        finding = &load.add(FailureCause::unsupported_signature, found.check.reason,
                            "sign it with sign-file, or with 'openssl cms -noattr'");
    else if (found.is_verified && found.is(SignatureVerdict::malformed))
        finding = &load.add(FailureCause::malformed_signature, found.check.reason,
                            "sign it again");
    else
        finding =
            &load.add(FailureCause::wrong_signature,
                      cat("its contents do not agree with its signature by ",
                          describe(found.check), ": it was changed after signing"),
                      "strip and compress modules before they are signed; get the file "
                      "anew");
    finding->facts = signature_facts(found);
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
    const Signature found = examine(load);
    const kernel::LoadPolicy policy = load.sources.kernel.policy();
    const bool enforced =
        policy.signatures_enforced.value_or(false) || is_locked_down(policy);
    const bool says_why = !load.messages.rejected.empty();
    // Where nothing is enforced, only changed contents are refused.
    const bool is_changed =
        found.is_readable() && load.code() == EKEYREJECTED && !says_why && !enforced;
    if (is_changed) return add_rejected(load, found);
    if (load.code() == EBADMSG && found.is_readable()) {
        load.add(FailureCause::malformed_signature, "its signature is damaged",
                 "sign it again")
            .facts = signature_facts(found);
        return;
    }
    // The kernel says nothing of changed contents, but names every other reason.
    if (found.is_readable() && load.code() == EKEYREJECTED && !says_why &&
        load.failure.kernel_log)
        return add_rejected(load, found);
    add_untrusted(load, found, policy);
}

void examine_signature_form(LoadCase& load) {
    if (const Signature found = examine(load); found.is_verified &&
                                               found.is(SignatureVerdict::malformed) &&
                                               found.check.kernel_error == load.code())
        add_rejected(load, found);
}

void examine_required_signature(LoadCase& load) {
    const Signature found = examine(load);
    const auto causes = std::to_array<std::pair<SignatureVerdict, FailureCause>>({
        {SignatureVerdict::unsigned_module, FailureCause::unsigned_module},
        {SignatureVerdict::unknown_key, FailureCause::unknown_key},
        {SignatureVerdict::changed, FailureCause::wrong_signature},
        {SignatureVerdict::malformed, FailureCause::malformed_signature},
        {SignatureVerdict::unsupported, FailureCause::unsupported_signature},
        {SignatureVerdict::blacklisted, FailureCause::revoked_key},
        {SignatureVerdict::not_for_modules, FailureCause::unsupported_signature},
    });
    const auto* const row = std::ranges::find(
        causes, found.check.verdict, &std::pair<SignatureVerdict, FailureCause>::first);
    Finding finding{row == causes.end() ? FailureCause::unknown : row->second,
                    load.failure.error.message,
                    {},
                    signature_facts(found)};
    if (found.is(SignatureVerdict::unsigned_module))
        finding.advice = kSignAdvice;
    else if (found.is(SignatureVerdict::unknown_key))
        finding.advice = enrolment_of(found).advice;
    load.out.findings.push_back(std::move(finding));
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
        return add_untrusted(load, examine(load), policy, FailureCause::locked_down);
    load.add(
        FailureCause::denied_by_policy,
        "neither lockdown nor a blacklist of the kernel forbids it: a security module "
        "(SELinux, AppArmor, LoadPin), a seccomp filter or the module's own init "
        "function did");
}

}  // namespace kmodpp
