// SPDX-License-Identifier: LGPL-2.1-or-later
// An X.509 certificate: its bytes, origin and public key, and whether the kernel
// accepts it into a keyring.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "format/pkcs7.hpp"
#include "format/x509.hpp"
#include "trust/public_key.hpp"

namespace kmodpp::trust {

/// Neither copyable nor movable, because fields() borrows from the stored bytes. Const
/// functions may be called from several threads.
class Certificate {
public:
    /// Copies the bytes that \p fields borrows.
    /// \param origin where the certificate was found, for messages
    Certificate(const x509::Certificate& fields, std::string_view origin);
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;

    [[nodiscard]] const x509::Certificate& fields() const { return fields_; }
    [[nodiscard]] const std::string& origin() const { return origin_; }
    /// Decoded on first use.
    [[nodiscard]] Result<const PublicKey*> key() const;
    /// Why the kernel does not accept the certificate into a keyring; nullopt if it
    /// does. Computed on first use (source: x509_key_preparse).
    [[nodiscard]] Result<std::optional<Refusal>> refusal() const;

    /// True if \p signer identifies this certificate, by issuer and serial number or by
    /// key id.
    [[nodiscard]] bool is_named_by(const pkcs7::SignerInfo& signer) const;
    /// True if the certificate names itself as its issuer.
    [[nodiscard]] bool is_self_issued() const;
    /// nullopt if the certificate was signed with \p key, otherwise the reason.
    [[nodiscard]] Result<std::optional<Refusal>> check_signed_with(
        const PublicKey& key) const;

private:
    [[nodiscard]] Result<std::optional<Refusal>> find_refusal() const;
    [[nodiscard]] Result<const PublicKey*> read_key() const;

    std::string der_;
    std::string origin_;
    x509::Certificate fields_;
    mutable std::mutex mutex_;
    mutable std::optional<PublicKey> key_;
    mutable std::optional<std::optional<Refusal>> refusal_;
};

/// True if both have the same bytes.
[[nodiscard]] bool same(Bytes a, Bytes b);

}  // namespace kmodpp::trust
