// SPDX-License-Identifier: LGPL-2.1-or-later
// A certificate that is kept: its bytes, where they came from, and its key.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "format/pkcs7.hpp"
#include "format/x509.hpp"
#include "trust/public_key.hpp"

namespace kmodpp::trust {

/// Does not move, since its fields borrow from its bytes. const use is safe from several
/// threads.
class Certificate {
public:
    /// \param fields of which the bytes are copied
    Certificate(const x509::Certificate& fields, std::string_view origin);
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;

    [[nodiscard]] const x509::Certificate& fields() const { return fields_; }
    [[nodiscard]] const std::string& origin() const { return origin_; }
    /// Made by libcrypto when it is first asked for.
    [[nodiscard]] Result<const PublicKey*> key() const;

    /// Whether a signer names this certificate, by issuer and serial or by key id.
    [[nodiscard]] bool is_named_by(const pkcs7::SignerInfo& signer) const;

private:
    std::string der_;
    std::string origin_;
    x509::Certificate fields_;
    mutable std::mutex key_mutex_;
    mutable std::optional<PublicKey> key_;
};

/// Byte for byte.
[[nodiscard]] bool same(Bytes a, Bytes b);

}  // namespace kmodpp::trust
