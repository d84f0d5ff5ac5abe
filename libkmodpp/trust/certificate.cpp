// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/certificate.hpp"

#include <cerrno>
#include <utility>

#include "base/text.hpp"

namespace kmodpp::trust {

Certificate::Certificate(const x509::Certificate& fields, std::string_view origin)
    : der_(as_text(fields.whole)), origin_(origin) {
    // Cannot fail: the same bytes have been parsed before.
    fields_ = x509::read_certificate(as_bytes(der_)).value_or(x509::Certificate{});
}

Result<const PublicKey*> Certificate::key() const {
    const std::lock_guard lock(mutex_);
    return read_key();
}

Result<const PublicKey*> Certificate::read_key() const {
    // Failures are not cached: one that is caused by lack of memory may not recur.
    if (!key_) {
        TRY_ASSIGN(key_, PublicKey::read(fields_.public_key));
    }
    return &*key_;
}

Result<std::optional<Refusal>> Certificate::refusal() const {
    const std::lock_guard lock(mutex_);
    if (!refusal_) {
        TRY_ASSIGN(refusal_, find_refusal());
    }
    return *refusal_;
}

/// Source: x509_check_for_self_signed.
Result<std::optional<Refusal>> Certificate::find_refusal() const {
    if (fields_.refusal) return trust::refusal(*fields_.refusal);
    if (!same(fields_.subject, fields_.issuer)) return std::nullopt;
    const auto& by_key = fields_.authority_key_id;
    const auto& by_serial = fields_.authority_serial;
    if (by_key || by_serial) {
        const bool key_fits = by_key && !fields_.subject_key_id.empty() &&
                              same(*by_key, fields_.subject_key_id);
        const bool serial_fits = by_serial && same(by_serial->serial, fields_.serial) &&
                                 same(by_serial->issuer, fields_.issuer);
        if (!key_fits && !serial_fits) return std::nullopt;
        if ((by_key && !key_fits) || (by_serial && !serial_fits))
            return trust::refusal(SignatureVerdict::changed,
                                  "it names itself as issuer, but its authority key id "
                                  "names another certificate");
    }
    TRY_ASSIGN(const PublicKey* const key, read_key());
    TRY_ASSIGN(auto found, check_signed_with(*key));
    // The kernel accepts a self-signed certificate whose signature it cannot check.
    if (found && found->code == ENOPKG) return std::nullopt;
    return found;
}

bool Certificate::is_named_by(const pkcs7::SignerInfo& signer) const {
    if (signer.key_id)
        return !signer.key_id->empty() && same(*signer.key_id, fields_.subject_key_id);
    return same(signer.serial, fields_.serial) && same(signer.issuer, fields_.issuer);
}

bool Certificate::is_self_issued() const {
    return same(fields_.subject, fields_.issuer) &&
           (!fields_.authority_key_id ||
            same(*fields_.authority_key_id, fields_.subject_key_id));
}

Result<std::optional<Refusal>> Certificate::check_signed_with(
    const PublicKey& key) const {
    const auto unknown = [](std::string_view what) {
        return trust::refusal(
            SignatureVerdict::unsupported,
            cat("it is signed with ", what, ", which is not supported"));
    };
    const auto algorithm = certificate_algorithm(fields_.signature_algorithm);
    if (!algorithm) return unknown("an unknown algorithm");
    TRY_ASSIGN(const bool known, is_known(algorithm->key));
    if (!known) return unknown(to_string(algorithm->key));
    SignedContents what{.contents = fields_.signed_part};
    Handle<EVP_MD> hash;
    if (!signs_contents(algorithm->key)) {
        auto found = find_hash(algorithm->hash);
        if (!found && found.error().kind == ErrorKind::not_found)
            return unknown(algorithm->hash);
        TRY_ASSIGN(hash, std::move(found));
        what.hash = hash.get();
        what.hash_name = algorithm->hash;
        TRY_ASSIGN(what.digest, digest_of(hash.get(), fields_.signed_part));
    }
    return key.check(algorithm->key, what, fields_.signature);
}

bool same(Bytes a, Bytes b) { return as_text(a) == as_text(b); }

}  // namespace kmodpp::trust
