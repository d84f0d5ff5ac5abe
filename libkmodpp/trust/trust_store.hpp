// SPDX-License-Identifier: LGPL-2.1-or-later
// Holds trusted and revoked certificates, and where each came from.
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

/// SHA-256, -384 or -512 hash of the signed part of a revoked certificate.
struct RevokedHash {
    std::string hash;
    std::string origin;
};

/// Filled by one thread; after that, const functions may be called from several
/// threads. Move-only.
class TrustStore {
public:
    /// \param der    one X.509 certificate; trailing bytes are ignored
    /// \param origin where it came from, for messages
    [[nodiscard]] Status add_der(Bytes der, std::string_view origin);
    /// Adds a DER certificate, PEM certificates, the signature lists of an EFI
    /// variable, a kernel image (see read_kernel_image), or a directory with files of
    /// the first three kinds. Other files in a directory are ignored.
    /// \param path within \p root
    /// \return not_found if the path does not exist or contains no certificate
    [[nodiscard]] Status add_path(const io::Root& root, std::string_view path);

    /// Signatures made with the key of this certificate are refused, even if it is also
    /// trusted.
    [[nodiscard]] Status revoke_der(Bytes der, std::string_view origin);
    void revoke_hash(Bytes hash, std::string_view origin);
    /// Revokes the certificates and hashes in a DER, PEM or EFI signature list file.
    [[nodiscard]] Status revoke_path(const io::Root& root, std::string_view path);

    /// Adds a DER or PEM certificate that is not trusted. Messages can suggest
    /// enrolling it.
    [[nodiscard]] Status add_candidate(const io::Root& root, std::string_view path);
    /// Adds a key that the running kernel lists. Nothing can be verified with it,
    /// because the list does not contain the key itself.
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
