// SPDX-License-Identifier: LGPL-2.1-or-later
// Searches the certificates embedded in a signature. They are not trusted themselves,
// but may form a chain from the signer to a trusted one.
#pragma once

#include "trust/trust_store.hpp"

namespace kmodpp::trust {

/// The issuer of \p certificate, found by its authority key id; null if it is not in
/// \p among or \p certificate has no such id.
[[nodiscard]] const Certificate* find_issuer(const TrustStore::Certificates& among,
                                             const Certificate& certificate);

/// The certificate in \p among with the same issuer, serial number and, if
/// \p certificate has one, key id; null if there is none.
[[nodiscard]] const Certificate* find_same(const TrustStore::Certificates& among,
                                           const Certificate& certificate);

/// The chain of issuers in \p among, starting with \p first. It ends at a self-issued
/// certificate, at one whose issuer is not in \p among, or before one would repeat.
[[nodiscard]] std::vector<const Certificate*> chain_of(
    const TrustStore::Certificates& among, const Certificate& first);

}  // namespace kmodpp::trust
