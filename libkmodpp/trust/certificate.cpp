// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/certificate.hpp"

namespace kmodpp::trust {

Certificate::Certificate(const x509::Certificate& fields, std::string_view origin)
    : der_(as_text(fields.whole)), origin_(origin) {
    // What could be read once can be read again.
    fields_ = x509::read_certificate(as_bytes(der_)).value_or(x509::Certificate{});
}

Result<const PublicKey*> Certificate::key() const {
    const std::lock_guard lock(key_mutex_);
    // What fails for want of memory may succeed later.
    if (!key_) {
        TRY_ASSIGN(key_, PublicKey::read(fields_.public_key));
    }
    return &*key_;
}

bool Certificate::is_named_by(const pkcs7::SignerInfo& signer) const {
    if (signer.key_id)
        return !signer.key_id->empty() && same(*signer.key_id, fields_.subject_key_id);
    return same(signer.serial, fields_.serial) && same(signer.issuer, fields_.issuer);
}

bool same(Bytes a, Bytes b) { return as_text(a) == as_text(b); }

}  // namespace kmodpp::trust
