// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/kernel_check.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/errno_name.hpp"
#include "base/text.hpp"
#include "format/key_algorithms.hpp"
#include "format/oids.hpp"
#include "format/signature.hpp"
#include "trust/embedded.hpp"

namespace kmodpp::trust {

namespace {

/// The kernel's ASN.1 decoder accepts lengths of at most two bytes and ignores what
/// follows the message.
constexpr std::uint64_t kMaxBlob = 0xffff + 4;

Refusal damaged_trailer(const Error& error) {
    return refusal(SignatureVerdict::malformed,
                   cat("the trailer of its signature is damaged: ", error.message));
}

/// If the attributes give a signing time, it has to be within the validity period of
/// the embedded certificate. No other time is checked.
std::optional<Refusal> check_time(const Signer& signer, const Certificate& own) {
    if (!signer.info->attributes) return std::nullopt;
    const der::Element* const element = signer.info->attributes->find(oid::kSigningTime);
    if (element == nullptr) return std::nullopt;
    der::Reader reader(element->whole);
    const auto time = x509::read_time(reader, "signingTime");
    if (time && *time >= own.fields().not_before && *time <= own.fields().not_after)
        return std::nullopt;
    return refusal(SignatureVerdict::not_for_modules,
                   "it was signed when the certificate in its PKCS#7 was not valid");
}

}  // namespace

Result<std::optional<Refusal>> KernelCheck::run() {
    auto tail = read_signature_tail(module_);
    if (!tail && tail.error().kind != ErrorKind::malformed)
        return std::unexpected(std::move(tail).error());
    if (!tail) return damaged_trailer(tail.error());
    if (!*tail) return refusal(SignatureVerdict::unsigned_module, "it is not signed");
    return check_tail(**tail);
}

/// Runs the checks in the order of the kernel's mod_verify_sig().
Result<std::optional<Refusal>> KernelCheck::check_tail(const SignatureTail& tail) {
    if (tail.id_type != kPkcs7IdType)
        return refusal(SignatureVerdict::unsupported,
                       cat("its signature is of type ", tail.id_type, ", not PKCS#7"));
    if (auto unused = tail.check_unused(); !unused)
        return damaged_trailer(unused.error());
    TRY_ASSIGN(
        const Bytes blob,
        module_.slice(tail.body_size(), std::min<std::uint64_t>(tail.sig_len, kMaxBlob)));
    const Status reading = pkcs7::read_signed_data(blob, data_);
    if (!data_.signers.empty()) {
        ModuleSignature named;
        if (name_signer(data_.signers.front(), named)) {
            check_.signer = std::move(named.signer);
            check_.key_id = std::move(named.key_id);
            check_.hash_algorithm = std::move(named.hash_algorithm);
        }
    }
    if (auto complaint = check_form(data_, reading)) return complaint;
    for (const Bytes der : data_.certificates) {
        TRY_ASSIGN(auto refused, embed(der));
        if (refused) return refused;
    }
    TRY_ASSIGN(auto unprepared, prepare(tail.body_size()));
    if (unprepared) return unprepared;
    if (auto complaint = check_known()) return complaint;
    TRY_ASSIGN(auto unfit, check_embedded());
    if (unfit) return unfit;
    TRY_ASSIGN(auto revoked, check_revoked());
    if (revoked) return revoked;
    return check_trusted();
}

/// Adds a certificate of the PKCS#7 message. The kernel parses it like one that is
/// added to a keyring.
Result<std::optional<Refusal>> KernelCheck::embed(Bytes der) {
    const auto in_message = [](Refusal why) {
        why.reason = cat("a certificate in its PKCS#7 is not accepted: ", why.reason);
        return why;
    };
    const auto fields = x509::read_certificate(der);
    if (!fields) return in_message(refusal(fields.error()));
    if (fields->refusal) return in_message(refusal(*fields->refusal));
    for (const KeyKind needed : {certificate_algorithm(fields->signature_algorithm)->key,
                                 *key_kind(fields->public_key.algorithm)}) {
        TRY_ASSIGN(const bool known, is_known(needed));
        if (!known && signs_contents(needed))
            return refusal(SignatureVerdict::unsupported,
                           cat("a certificate in its PKCS#7 needs ", to_string(needed),
                               ", which libcrypto does not support before OpenSSL 3.5"));
    }
    auto certificate = std::make_unique<Certificate>(*fields, "");
    TRY_ASSIGN(auto refused, certificate->refusal());
    if (refused) return in_message(*std::move(refused));
    embedded_.push_back(std::move(certificate));
    return std::nullopt;
}

Result<std::optional<Refusal>> KernelCheck::prepare(std::uint64_t size) {
    signed_.emplace(module_, size);
    for (const pkcs7::SignerInfo& info : data_.signers) {
        Signer& signer =
            signers_.emplace_back(&info, signer_algorithm(*info.algorithm)->key);
        TRY_ASSIGN(auto complaint, signed_->prepare(signer, check_.signer));
        if (complaint) return complaint;
    }
    return std::nullopt;
}

std::optional<Refusal> KernelCheck::check_known() {
    const auto unknown = std::ranges::count_if(
        signers_, [](const Signer& s) { return !s.contents.has_value(); });
    if (std::cmp_less(unknown, signers_.size())) return std::nullopt;
    const Signer& first = signers_.front();
    return refusal(
        SignatureVerdict::unsupported,
        cat("libcrypto has no ", first.missing,
            signs_contents(first.key) ? ", which was added in OpenSSL 3.5" : ""));
}

/// The signer's embedded certificate must verify the signature, and each embedded
/// issuer the certificate below it, even if none of them is trusted.
Result<std::optional<Refusal>> KernelCheck::check_embedded() const {
    for (const Signer& signer : signers_) {
        const Certificate* const own = embedded_of(signer);
        if (!signer.contents || own == nullptr) continue;
        if (auto complaint = check_time(signer, *own)) return complaint;
        TRY_ASSIGN(const PublicKey* const own_key, own->key());
        TRY_ASSIGN(auto refused, check_signer(signer, *own_key, check_.signer));
        if (refused) return refused;
        const auto chain = chain_of(embedded_, *own);
        for (std::size_t i = 1; i < chain.size(); ++i) {
            TRY_ASSIGN(const PublicKey* const key, chain[i]->key());
            TRY_ASSIGN(auto unfit, chain[i - 1]->check_signed_with(*key));
            if (!unfit) continue;
            unfit->reason = cat(
                "a certificate in its PKCS#7 was not signed by the one that it names: ",
                unfit->reason);
            return unfit;
        }
    }
    return std::nullopt;
}

const Certificate* KernelCheck::embedded_of(const Signer& signer) const {
    const auto found = std::ranges::find_if(
        embedded_, [&](const auto& c) { return c->is_named_by(*signer.info); });
    return found == embedded_.end() ? nullptr : found->get();
}

/// Follows the embedded chain to a certificate that is trusted or has a trusted issuer;
/// otherwise looks up the signer itself (source: pkcs7_validate_trust_one).
KernelCheck::Trust KernelCheck::find_trust(const Signer& signer) const {
    const TrustStore::Certificates& trusted = store_.trusted();
    const Certificate* below = nullptr;
    if (const Certificate* const own = embedded_of(signer)) {
        for (const Certificate* const certificate : chain_of(embedded_, *own)) {
            if (const Certificate* const known = find_same(trusted, *certificate))
                return {known, below};
            if (certificate->is_self_issued()) return {};
            below = certificate;
        }
        if (const Certificate* const issuer = find_issuer(trusted, *below))
            return {issuer, below};
    }
    const auto known = std::ranges::find_if(
        trusted, [&](const auto& c) { return c->is_named_by(*signer.info); });
    return {known == trusted.end() ? nullptr : known->get(), nullptr};
}

Refusal KernelCheck::revoked_by(std::string_view origin) const {
    return refusal(SignatureVerdict::blacklisted,
                   cat("it is signed by ", quoted_signer(check_.signer),
                       ", a key that was revoked (", origin, ")"));
}

/// A signature made with a revoked key is refused even if that key is not trusted.
Result<std::optional<Refusal>> KernelCheck::check_revoked() {
    for (const Signer& signer : signers_)
        for (const auto& certificate : store_.revoked()) {
            if (!certificate->is_named_by(*signer.info)) continue;
            TRY_ASSIGN(const auto rejected, certificate->refusal());
            if (rejected) continue;
            TRY_ASSIGN(const PublicKey* const key, certificate->key());
            TRY_ASSIGN(const auto other, check_signer(signer, *key, check_.signer));
            if (!other) return revoked_by(certificate->origin());
        }
    return std::nullopt;
}

Result<std::optional<Refusal>> KernelCheck::check_trusted() {
    bool is_trusted = false;
    for (const Signer& signer : signers_) {
        if (!signer.contents) continue;
        const Trust trust = find_trust(signer);
        if (trust.certificate == nullptr) continue;
        TRY_ASSIGN(const auto rejected, trust.certificate->refusal());
        if (rejected) continue;
        TRY_ASSIGN(const PublicKey* const key, trust.certificate->key());
        check_.store = trust.certificate->origin();
        if (trust.issued != nullptr) {
            TRY_ASSIGN(const auto unfit, trust.issued->check_signed_with(*key));
            if (unfit) return changed_since(check_.signer);
        } else {
            TRY_ASSIGN(auto refused, check_signer(signer, *key, check_.signer));
            if (refused) {
                // The kernel replaces each error (source: pkcs7_validate_trust_one).
                refused->code = EKEYREJECTED;
                return refused;
            }
        }
        TRY_ASSIGN(const auto by_key, key_revoked_by(signer, *key));
        if (by_key) return revoked_by(*by_key);
        TRY_ASSIGN(const auto by_hash, hash_revoked_by(*trust.certificate));
        if (by_hash) return revoked_by(*by_hash);
        is_trusted = true;
    }
    if (is_trusted) return std::nullopt;
    TRY_ASSIGN(auto unknown_key, unknown());
    return unknown_key;
}

/// check_revoked() relies on libcrypto, which may report a failed allocation as a wrong
/// signature. Therefore a trusted key is also compared with the revoked ones.
Result<std::optional<std::string_view>> KernelCheck::key_revoked_by(
    const Signer& signer, const PublicKey& key) const {
    for (const auto& certificate : store_.revoked()) {
        if (!certificate->is_named_by(*signer.info)) continue;
        TRY_ASSIGN(const PublicKey* const revoked, certificate->key());
        if (*revoked == key) return certificate->origin();
    }
    return std::nullopt;
}

Result<std::optional<std::string_view>> KernelCheck::hash_revoked_by(
    const Certificate& certificate) const {
    if (store_.revoked_hashes().empty()) return std::nullopt;
    for (const std::string_view name : {"sha256", "sha384", "sha512"}) {
        TRY_ASSIGN(const auto hash, find_hash(name));
        TRY_ASSIGN(const Digest digest,
                   digest_of(hash.get(), certificate.fields().signed_part));
        for (const RevokedHash& revoked : store_.revoked_hashes())
            if (same(as_bytes(revoked.hash), digest.bytes())) return revoked.origin;
    }
    return std::nullopt;
}

/// The first certificate in \p list that one of the signers identifies; null if there
/// is none.
const Certificate* KernelCheck::find(const TrustStore::Certificates& list) const {
    for (const Signer& signer : signers_)
        for (const auto& certificate : list)
            if (certificate->is_named_by(*signer.info)) return certificate.get();
    return nullptr;
}

Result<Refusal> KernelCheck::unknown() {
    std::string searched;
    for (const std::string_view origin : store_.origins())
        searched += cat(searched.empty() ? "" : ", ", origin);
    std::string reason =
        cat("it is signed by ", quoted_signer(check_.signer), ", whose key is not in ",
            searched.empty() ? "any store" : searched);
    const Certificate* const listed = find(store_.trusted());
    TRY_ASSIGN(const auto rejected,
               listed != nullptr ? listed->refusal() : std::optional<Refusal>());
    if (rejected) {
        reason = cat("it is signed by ", quoted_signer(check_.signer),
                     ", whose certificate in ", listed->origin(),
                     " is refused by the kernel: ", rejected->reason, " (",
                     errno_name(rejected->code), ")");
    } else if (const Certificate* const candidate = find(store_.candidates())) {
        check_.candidate = candidate->origin();
        reason += cat("; its certificate ", check_.candidate, " is not enrolled");
    } else if (std::ranges::any_of(store_.listed(), [&](const ListedKey& key) {
                   return key.id == check_.key_id ||
                          (!key.name.empty() && key.name == check_.signer);
               }))
        reason += "; the running kernel lists a key with that name";
    return refusal(SignatureVerdict::unknown_key, std::move(reason));
}

}  // namespace kmodpp::trust
