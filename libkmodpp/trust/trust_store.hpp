// SPDX-License-Identifier: LGPL-2.1-or-later
// The certificates whose signatures count, those that were revoked, and where each came
// from.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "io/root.hpp"
#include "trust/certificate.hpp"

namespace kmodpp::trust {

/// The hash of what the issuer of a certificate signed, in SHA-256, -384 or -512.
struct RevokedHash {
    std::string hash;
    std::string origin;
};

/// Filled by one thread; after that, const use is safe from several. Move-only.
class TrustStore {
public:
    /// \param der    one X.509 certificate; bytes behind it are passed over
    /// \param origin where it came from, as a person names it
    [[nodiscard]] Status add_der(Bytes der, std::string_view origin);
    /// A file with one certificate in DER, one or more in PEM, or a directory of such
    /// files (other files in it are passed over). \param path within \p root. not_found:
    /// neither is there, or there is no certificate in it.
    [[nodiscard]] Status add_path(const io::Root& root, std::string_view path);

    /// What this certificate signed is refused, whoever trusts it.
    [[nodiscard]] Status revoke_der(Bytes der, std::string_view origin);
    void revoke_hash(Bytes hash, std::string_view origin);

    [[nodiscard]] std::size_t size() const { return trusted_.size(); }
    [[nodiscard]] bool empty() const { return trusted_.empty(); }
    /// Every origin of a trusted certificate once, in the order in which they were added.
    [[nodiscard]] std::vector<std::string_view> origins() const;

    using Certificates = std::vector<std::unique_ptr<Certificate>>;
    [[nodiscard]] const Certificates& trusted() const { return trusted_; }
    [[nodiscard]] const Certificates& revoked() const { return revoked_; }
    [[nodiscard]] const std::vector<RevokedHash>& revoked_hashes() const {
        return revoked_hashes_;
    }

private:
    /// False: nothing in it that is known.
    [[nodiscard]] Result<bool> add_file(const io::Root& root, std::string_view path);

    Certificates trusted_;
    Certificates revoked_;
    std::vector<RevokedHash> revoked_hashes_;
};

}  // namespace kmodpp::trust
