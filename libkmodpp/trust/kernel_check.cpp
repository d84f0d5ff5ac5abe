// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/kernel_check.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "format/oids.hpp"
#include "format/signature.hpp"
#include "trust/embedded.hpp"
#include "trust/verify.hpp"

namespace kmodpp::trust {

namespace {

/// The kernel's decoder takes lengths of two bytes at most, so nothing behind so many is
/// looked at.
constexpr std::uint64_t kMaxBlob = 0xffff + 4;

Refusal damaged_trailer(const Error& error) {
    return refusal(SignatureVerdict::malformed,
                   cat("the trailer of its signature is damaged: ", error.message));
}

/// The one time that counts: that of signing, where attributes tell it, beside the
/// certificate that came along with them.
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
    return judge(**tail);
}

/// In the order of the kernel's mod_verify_sig().
Result<std::optional<Refusal>> KernelCheck::judge(const SignatureTail& tail) {
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
    for (const Bytes der : data_.certificates)
        if (auto complaint = embed(der)) return complaint;
    TRY_ASSIGN(auto unprepared, prepare(tail.body_size()));
    if (unprepared) return unprepared;
    if (auto complaint = check_known()) return complaint;
    if (auto complaint = check_embedded()) return complaint;
    if (auto complaint = check_revoked()) return complaint;
    return check_trusted();
}

/// Keeps a certificate that came along.
std::optional<Refusal> KernelCheck::embed(Bytes der) {
    const auto fields = x509::read_certificate(der);
    if (!fields)
        return refusal(
            SignatureVerdict::malformed,
            cat("a certificate in its PKCS#7 is damaged: ", fields.error().message));
    const auto algorithm = certificate_algorithm(fields->signature_algorithm);
    const auto kind = key_kind(fields->key_algorithm);
    if (!algorithm || !kind)
        return refusal(
            SignatureVerdict::unsupported,
            "a certificate in its PKCS#7 is of an algorithm that is not known");
    for (const KeyKind needed : {algorithm->key, *kind})
        if (is_known(needed) == false)
            return refusal(SignatureVerdict::unsupported,
                           cat("a certificate in its PKCS#7 needs ", to_string(needed),
                               ", which libcrypto has not: it came with OpenSSL 3.5"));
    auto certificate = std::make_unique<Certificate>(*fields, "");
    if (fields->is_contradictory || !certificate->key())
        return refusal(SignatureVerdict::malformed,
                       "a certificate in its PKCS#7 contradicts itself, or has no sound "
                       "key");
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
    passed_over_ |= unknown > 0;
    if (std::cmp_less(unknown, signers_.size())) return std::nullopt;
    const Signer& first = signers_.front();
    return refusal(SignatureVerdict::unsupported,
                   cat("libcrypto has no ", first.missing,
                       takes_contents(first.key) ? ", which came with OpenSSL 3.5" : ""));
}

/// What the signature brings along has to fit, whether it is trusted or not: the key of
/// the signer to the contents, and that of each issuer to the certificate below.
std::optional<Refusal> KernelCheck::check_embedded() const {
    for (const auto& certificate : embedded_)
        if (is_self_signed(*certificate) &&
            !is_signed_with(*certificate, **certificate->key()))
            return refusal(SignatureVerdict::changed,
                           "a certificate in its PKCS#7 is not what was signed");
    for (const Signer& signer : signers_) {
        const Certificate* const own = embedded_of(signer);
        if (!signer.contents || own == nullptr) continue;
        if (auto complaint = check_time(signer, *own)) return complaint;
        if (auto complaint = verify(signer, **own->key(), check_.signer))
            return complaint;
        const auto chain = chain_of(embedded_, *own);
        for (std::size_t i = 1; i < chain.size(); ++i)
            if (!is_signed_with(*chain[i - 1], **chain[i]->key()))
                return refusal(SignatureVerdict::changed,
                               "a certificate in its PKCS#7 was not signed by the one "
                               "that it names");
    }
    return std::nullopt;
}

const Certificate* KernelCheck::embedded_of(const Signer& signer) const {
    const auto found = std::ranges::find_if(
        embedded_, [&](const auto& c) { return c->is_named_by(*signer.info); });
    return found == embedded_.end() ? nullptr : found->get();
}

/// Up the certificates that came along, to one whose key is trusted or whose issuer is;
/// else by the signer's own name (source: pkcs7_validate_trust_one).
KernelCheck::Trust KernelCheck::find_trust(const Signer& signer) const {
    const TrustStore::Certificates& trusted = store_.trusted();
    const Certificate* below = nullptr;
    if (const Certificate* const own = embedded_of(signer)) {
        for (const Certificate* const certificate : chain_of(embedded_, *own)) {
            if (const Certificate* const known = find_same(trusted, *certificate))
                return {known, below};
            if (is_self_signed(*certificate)) return {};
            below = certificate;
        }
        if (const Certificate* const issuer = find_issuer(trusted, *below))
            return {issuer, below};
    }
    const auto known = std::ranges::find_if(
        trusted, [&](const auto& c) { return c->is_named_by(*signer.info); });
    return {known == trusted.end() ? nullptr : known->get(), nullptr};
}

/// Null: libcrypto cannot use it.
const PublicKey* KernelCheck::stored_key(const Certificate& certificate) {
    if (anew_) {
        auto made = PublicKey::read(certificate.fields().public_key);
        passed_over_ |= !made;
        return made ? &own_keys_.emplace_back(*std::move(made)) : nullptr;
    }
    const auto key = certificate.key();
    passed_over_ |= !key;
    return key ? *key : nullptr;
}

std::optional<Refusal> KernelCheck::check_revoked() {
    for (const Signer& signer : signers_)
        for (const auto& certificate : store_.revoked()) {
            if (!certificate->is_named_by(*signer.info)) continue;
            const PublicKey* const key = stored_key(*certificate);
            if (key != nullptr && !verify(signer, *key, check_.signer))
                return refusal(
                    SignatureVerdict::blacklisted,
                    cat("it is signed by ", quoted_signer(check_.signer),
                        ", a key that was revoked (", certificate->origin(), ")"));
            passed_over_ = true;
        }
    return std::nullopt;
}

std::optional<Refusal> KernelCheck::check_trusted() {
    std::optional<Refusal> found = unknown();
    for (const Signer& signer : signers_) {
        if (!signer.contents) continue;
        const Trust trust = find_trust(signer);
        if (trust.certificate == nullptr) continue;
        const PublicKey* const key = stored_key(*trust.certificate);
        // The kernel does not keep a key that it cannot use.
        if (key == nullptr) continue;
        check_.store = trust.certificate->origin();
        if (trust.issued != nullptr && !is_signed_with(*trust.issued, *key))
            return changed_since(check_.signer);
        if (trust.issued == nullptr)
            if (auto complaint = verify(signer, *key, check_.signer)) return complaint;
        if (const auto origin = hash_revoked_by(*trust.certificate))
            return refusal(SignatureVerdict::blacklisted,
                           cat("it is signed by ", quoted_signer(check_.signer),
                               ", a key that was revoked (", *origin, ")"));
        found = std::nullopt;
    }
    return found;
}

std::optional<std::string_view> KernelCheck::hash_revoked_by(
    const Certificate& certificate) {
    if (store_.revoked_hashes().empty()) return std::nullopt;
    for (const std::string_view name : {"sha256", "sha384", "sha512"}) {
        const auto hash = find_hash(name);
        const auto digest = hash
                                ? digest_of(hash->get(), certificate.fields().signed_part)
                                : std::unexpected(hash.error());
        passed_over_ |= !digest;
        if (!digest) continue;
        for (const RevokedHash& revoked : store_.revoked_hashes())
            if (same(as_bytes(revoked.hash), digest->bytes())) return revoked.origin;
    }
    return std::nullopt;
}

/// The certificate of a list that one of the signers names.
const Certificate* KernelCheck::find(const TrustStore::Certificates& list) const {
    for (const Signer& signer : signers_)
        for (const auto& certificate : list)
            if (certificate->is_named_by(*signer.info)) return certificate.get();
    return nullptr;
}

Refusal KernelCheck::unknown() {
    std::string searched;
    for (const std::string_view origin : store_.origins())
        searched += cat(searched.empty() ? "" : ", ", origin);
    std::string reason =
        cat("it is signed by ", quoted_signer(check_.signer), ", whose key is not in ",
            searched.empty() ? "any store" : searched);
    if (const Certificate* const candidate = find(store_.candidates())) {
        check_.candidate = candidate->origin();
        reason += cat("; its certificate ", check_.candidate, " is not enrolled");
    } else if (std::ranges::any_of(store_.listed(), [&](const ListedKey& key) {
                   return key.id == check_.key_id ||
                          (!key.name.empty() && key.name == check_.signer);
               }))
        reason += "; the running kernel lists a key of that name";
    return refusal(SignatureVerdict::unknown_key, std::move(reason));
}

}  // namespace kmodpp::trust
