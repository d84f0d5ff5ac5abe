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
#include "trust/keyring.hpp"

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
    /// A certificate in DER, any number in PEM, the lists of an EFI variable, a kernel
    /// image (see read_kernel_image), or a directory of the first three (other files in
    /// it are passed over). \param path within \p root. not_found: nothing is there, or
    /// no certificate in it.
    [[nodiscard]] Status add_path(const io::Root& root, std::string_view path);

    /// What this certificate signed is refused, whoever trusts it.
    [[nodiscard]] Status revoke_der(Bytes der, std::string_view origin);
    void revoke_hash(Bytes hash, std::string_view origin);
    /// The certificates and hashes in a file of those forms.
    [[nodiscard]] Status revoke_path(const io::Root& root, std::string_view path);

    /// A certificate in DER or PEM that gives no trust but is known: its owner can be
    /// told to enrol it.
    [[nodiscard]] Status add_candidate(const io::Root& root, std::string_view path);
    /// A key that the running kernel has. It cannot verify anything, for lack of the key
    /// itself.
    void add_listed(ListedKey key) { listed_.push_back(std::move(key)); }

    [[nodiscard]] std::size_t size() const { return trusted_.size(); }
    [[nodiscard]] bool empty() const { return trusted_.empty(); }
    /// Every origin of a trusted certificate once, in the order in which they were added.
    [[nodiscard]] std::vector<std::string_view> origins() const;

    using Certificates = std::vector<std::unique_ptr<Certificate>>;
    [[nodiscard]] const Certificates& trusted() const { return trusted_; }
    [[nodiscard]] const Certificates& revoked() const { return revoked_; }
    [[nodiscard]] const Certificates& candidates() const { return candidates_; }
    [[nodiscard]] const std::vector<RevokedHash>& revoked_hashes() const {
        return revoked_hashes_;
    }
    [[nodiscard]] const std::vector<ListedKey>& listed() const { return listed_; }

private:
    Certificates trusted_;
    Certificates revoked_;
    Certificates candidates_;
    std::vector<RevokedHash> revoked_hashes_;
    std::vector<ListedKey> listed_;
};

}  // namespace kmodpp::trust
