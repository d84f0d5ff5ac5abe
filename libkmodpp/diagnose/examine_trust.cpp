// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds out what forbids a load: signature, lockdown, privileges, the kernel command
// line.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "diagnose/load_case.hpp"
#include "format/parameters.hpp"
#include "format/signature.hpp"
#include "trust/check_signature.hpp"

namespace kmodpp {

namespace {

constexpr std::string_view kSignAdvice =
    "sign it with a key that the kernel trusts; 'mokutil --import CERTIFICATE' enrols a "
    "machine owner's key";

/// What is known about the file's signature.
struct Signature {
    SignatureCheck check = {};
    bool is_verified = false;  ///< if not, the fields are only what the file claims

    [[nodiscard]] bool is(SignatureVerdict verdict) const {
        return check.verdict == verdict;
    }
    /// Whether the signature could be parsed; it may still be invalid.
    [[nodiscard]] bool is_readable() const {
        return !is(SignatureVerdict::unsigned_module) &&
               !is(SignatureVerdict::malformed) && !is(SignatureVerdict::unsupported);
    }
};

/// Reads the signature without verifying it: its key counts as unknown.
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

/// Reads the signature and verifies it if certificates are available. Certificates are
/// only read for a signed file.
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

/// "this kernel only accepts modules signed with a trusted key (module.sig_enforce)"
std::string describe_requirement(const kernel::LoadPolicy& policy) {
    std::string why;
    if (policy.signatures_enforced == true) why = "module.sig_enforce";
    if (is_locked_down(policy))
        why += cat(why.empty() ? "" : ", ", "lockdown=", policy.lockdown);
    return cat("this kernel only accepts modules signed with a trusted key",
               why.empty() ? "" : cat(" (", why, ")"));
}

void add_policy_facts(Finding& finding, const kernel::LoadPolicy& policy) {
    if (policy.signatures_enforced)
        finding.facts.push_back(
            {"sig_enforce", *policy.signatures_enforced ? "yes" : "no"});
    if (!policy.lockdown.empty()) finding.facts.push_back({"lockdown", policy.lockdown});
}

/// What is known about a key that the kernel does not trust, and how to enrol it.
struct Enrolment {
    std::string text;
    std::string advice;
};
Enrolment enrolment_of(const Signature& found) {
    if (found.is_verified && found.is(SignatureVerdict::valid))
        return {cat("; the certificate in ", found.check.store, " verifies it"), {}};
    const std::string& candidate = found.check.candidate;
    if (candidate.empty())
        return {{},
                "enrol the signer's certificate with 'mokutil --import CERTIFICATE', or "
                "sign the module with a trusted key"};
    return {cat("; its certificate ", candidate, " is not enrolled"),
            cat("run 'mokutil --import ", quote_for_shell(candidate),
                "' to enrol it, and reboot; see module-signatures(7)")};
}

/// Adds the finding for a kernel that only accepts trusted signatures.
/// \param as_cause the cause if the signature itself is not at fault
void add_untrusted(LoadCase& load, const Signature& found,
                   const kernel::LoadPolicy& policy,
                   std::optional<FailureCause> as_cause = std::nullopt) {
    // Signing does not help if the module was built for another kernel.
    const bool fits = !is_for_other_kernel(load);
    const std::string requirement = describe_requirement(policy);
    const std::string& reason = found.check.reason;
    Finding* finding = nullptr;
    const bool forced = load.flags.ignore_modversions || load.flags.ignore_vermagic;
    if (found.is(SignatureVerdict::unsigned_module))
        finding =
            &load.add(as_cause.value_or(FailureCause::unsigned_module),
                      cat("it is not signed; ", requirement), std::string(kSignAdvice));
    else if (found.is(SignatureVerdict::malformed))
        finding = &load.add(FailureCause::malformed_signature,
                            cat("its signature is damaged: ", reason), "sign it again");
    else if (found.is(SignatureVerdict::unsupported) ||
             load.messages.rejected.contains("unsupported"))
        finding = &load.add(
            FailureCause::unsupported_signature,
            cat("this kernel cannot check its signature",
                found.is(SignatureVerdict::unsupported) ? ": " : "",
                found.is(SignatureVerdict::unsupported) ? std::string_view(reason)
                                                        : std::string_view(),
                "; ", requirement),
            "sign it again, with a hash algorithm that is built into the kernel");
    else if (forced && !load.messages.rejected.contains("unavailable key"))
        finding = &load.add(as_cause.value_or(FailureCause::unsigned_module),
                            cat("with --force it counts as unsigned; ", requirement),
                            "load it without --force");
    else {
        Enrolment enrolment = enrolment_of(found);
        finding = &load.add(as_cause.value_or(FailureCause::unknown_key),
                            cat("it is signed by ", describe(found.check),
                                ", a key that this kernel does not trust", enrolment.text,
                                "; ", requirement),
                            std::move(enrolment.advice));
    }
    finding->facts = signature_facts(found);
    add_policy_facts(*finding, policy);
    if (!fits) finding->advice.clear();
}

/// Adds the finding for a signature that every kernel refuses, regardless of its policy
/// and keys.
void add_rejected(LoadCase& load, const Signature& found) {
    Finding* finding = nullptr;
    if (found.is_verified && found.is(SignatureVerdict::blacklisted))
        finding = &load.add(FailureCause::revoked_key, found.check.reason,
                            "install a file that is signed with another key");
    else if (found.is_verified && found.is(SignatureVerdict::not_for_modules))
        finding = &load.add(FailureCause::unsupported_signature, found.check.reason,
                            "sign it with sign-file, or with 'openssl cms -noattr'");
    else if (found.is_verified && found.is(SignatureVerdict::malformed))
        finding = &load.add(FailureCause::malformed_signature, found.check.reason,
                            "sign it again");
    else
        finding =
            &load.add(FailureCause::wrong_signature,
                      cat("its contents do not match its signature by ",
                          describe(found.check), ": it was changed after signing"),
                      "reinstall the package that contains the file, or sign the module "
                      "again if it was stripped after signing");
    finding->facts = signature_facts(found);
}

/// Whether a kernel setting forbids this load or all loads.
bool examine_switches(LoadCase& load, const kernel::LoadPolicy& policy) {
    const std::string line = load.sources.kernel.command_line().value_or("");
    if (policy.modules_disabled || on_command_line(line, "nomodule", "")) {
        load.add(FailureCause::modules_disabled,
                 policy.modules_disabled
                     ? "kernel.modules_disabled=1 forbids it until the next boot"
                     : "the kernel was booted with 'nomodule' and loads no modules",
                 policy.modules_disabled
                     ? cat("to load it during boot, add a line '", load.name,
                           "' to a file in /etc/modules-load.d, and reboot")
                     : "remove 'nomodule' from the kernel command line and reboot");
        return true;
    }
    if (load.messages.blacklisted ||
        on_command_line(line, "module_blacklist", load.name)) {
        load.add(FailureCause::blacklisted,
                 "module_blacklist= on the kernel command line forbids it",
                 "remove it from module_blacklist= and reboot");
        return true;
    }
    return false;
}

}  // namespace

void examine_signature(LoadCase& load) {
    const Signature found = examine(load);
    const kernel::LoadPolicy policy = load.sources.kernel.policy();
    const bool enforced =
        policy.signatures_enforced.value_or(false) || is_locked_down(policy);
    const bool has_reason = !load.messages.rejected.empty();
    // A kernel that does not enforce signatures only refuses changed contents.
    const bool is_changed =
        found.is_readable() && load.code() == EKEYREJECTED && !has_reason && !enforced;
    if (is_changed) return add_rejected(load, found);
    if (load.code() == EBADMSG && found.is_readable()) {
        load.add(FailureCause::malformed_signature, "its signature is damaged",
                 "sign it again")
            .facts = signature_facts(found);
        return;
    }
    // Changed contents are the only reason that the kernel does not log.
    if (found.is_readable() && load.code() == EKEYREJECTED && !has_reason &&
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

void examine_policy(LoadCase& load) {
    const kernel::LoadPolicy policy = load.sources.kernel.policy();
    if (examine_switches(load, policy)) return;
    const Signature found = examine(load);
    if (found.is_verified && found.is(SignatureVerdict::valid)) return;
    if (found.is_verified &&
        (found.is(SignatureVerdict::changed) || found.is(SignatureVerdict::blacklisted)))
        return add_rejected(load, found);
    const bool enforced = policy.signatures_enforced == true || is_locked_down(policy);
    // The kernel may trust a key that was not found here.
    const bool is_certain = found.is_verified || !found.is_readable();
    if (found.is(SignatureVerdict::malformed) || (enforced && is_certain))
        add_untrusted(load, found, policy);
}

void examine_permission(LoadCase& load) {
    const kernel::LoadPolicy policy = load.sources.kernel.policy();
    if (policy.privileged == false) {
        load.add(FailureCause::not_privileged,
                 cat("this process lacks CAP_SYS_MODULE and cannot load modules (user ",
                     geteuid(), ")"),
                 geteuid() == 0 ? "containers rarely have it: load the module on the host"
                                : "run the command as root")
            .facts = {{"user", cat(geteuid())}};
        return;
    }
    if (examine_switches(load, policy)) return;
    if (!load.messages.restricted.empty() || is_locked_down(policy))
        return add_untrusted(load, examine(load), policy, FailureCause::locked_down);
    load.add(
        FailureCause::denied_by_policy,
        "the kernel refused it, but neither lockdown nor module_blacklist= forbids it; a "
        "security module (SELinux, AppArmor, LoadPin), a seccomp filter or its own init "
        "function may");
}

bool on_command_line(std::string_view line, std::string_view name,
                     std::string_view module) {
    for (const Parameter& parameter : split_parameters(line)) {
        if (!same_module_name(parameter.name, name)) continue;
        if (module.empty()) return true;
        for (std::string_view rest = parameter.value ? *parameter.value
                                                     : std::string_view();
             !rest.empty();)
            if (take_until(rest, ',') == module) return true;
    }
    return false;
}

}  // namespace kmodpp
