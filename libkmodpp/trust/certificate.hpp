// SPDX-License-Identifier: LGPL-2.1-or-later
// A certificate that is kept: its bytes, their origin, its key, and whether the kernel
// takes it.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "format/pkcs7.hpp"
#include "format/x509.hpp"
#include "trust/public_key.hpp"

namespace kmodpp::trust {

/// Does not move, because its fields borrow from its bytes. const use is safe from
/// several threads.
class Certificate {
public:
    /// \param fields of a certificate whose bytes are copied
    Certificate(const x509::Certificate& fields, std::string_view origin);
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;

    [[nodiscard]] const x509::Certificate& fields() const { return fields_; }
    [[nodiscard]] const std::string& origin() const { return origin_; }
    /// Read when it is first asked for.
    [[nodiscard]] Result<const PublicKey*> key() const;
    /// Why the kernel does not take the certificate into a keyring; nullopt: it does.
    /// Found when it is first asked for (source: x509_key_preparse).
    [[nodiscard]] Result<std::optional<Refusal>> refusal() const;

    /// True if a signer names this certificate, by issuer and serial or by key id.
    [[nodiscard]] bool is_named_by(const pkcs7::SignerInfo& signer) const;
    /// True if it names itself as its issuer.
    [[nodiscard]] bool is_self_issued() const;
    /// nullopt: it was signed with that key.
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
