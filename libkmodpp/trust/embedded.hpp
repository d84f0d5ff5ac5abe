// SPDX-License-Identifier: LGPL-2.1-or-later
// The certificates that a signature brings along. They give no trust of their own, but
// lead from the signer up to one that is trusted.
#pragma once

#include "trust/trust_store.hpp"

namespace kmodpp::trust {

/// The certificate that issued another one, by its authority key id; null when it is not
/// among them, or the id is not there.
[[nodiscard]] const Certificate* find_issuer(const TrustStore::Certificates& among,
                                             const Certificate& certificate);

/// The trusted certificate that is the same as another one: issuer, serial and key id.
[[nodiscard]] const Certificate* find_same(const TrustStore::Certificates& among,
                                           const Certificate& certificate);

/// Whether the certificate was signed with that key.
[[nodiscard]] bool is_signed_with(const Certificate& certificate, const PublicKey& key);

/// It names itself as its issuer.
[[nodiscard]] bool is_self_signed(const Certificate& certificate);

/// The certificates from one up to the last whose issuer is among them, each once; the
/// first is the one given.
[[nodiscard]] std::vector<const Certificate*> chain_of(
    const TrustStore::Certificates& among, const Certificate& first);

}  // namespace kmodpp::trust
