// SPDX-License-Identifier: LGPL-2.1-or-later
// The certificates whose signatures count, and where each came from.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "io/root.hpp"

namespace kmodpp::trust {

struct TrustedCertificate;

/// A set of certificates and of revoked ones. Filled by one thread; after that, const use
/// is safe from several.
class TrustStore {
public:
    TrustStore();
    TrustStore(TrustStore&&) noexcept;
    TrustStore& operator=(TrustStore&&) noexcept;
    ~TrustStore();

    /// \param der    one X.509 certificate
    /// \param origin where it came from, as a person names it
    [[nodiscard]] Status add_der(Bytes der, std::string_view origin);
    /// A file with one certificate in DER, one or more in PEM, or a directory of such
    /// files (other files in it are passed over). \param path within \p root
    [[nodiscard]] Status add_path(const io::Root& root, std::string_view path);

    /// What this certificate signed is refused, whoever trusts it.
    [[nodiscard]] Status revoke_der(Bytes der, std::string_view origin);
    /// The same by the hash (SHA-256, SHA-384 or SHA-512) of what its issuer signed.
    void revoke_hash(Bytes hash, std::string_view origin);

    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] bool empty() const { return size() == 0; }

private:
    std::vector<std::unique_ptr<TrustedCertificate>> certificates_;
};

}  // namespace kmodpp::trust
