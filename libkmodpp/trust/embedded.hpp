// SPDX-License-Identifier: LGPL-2.1-or-later
// The certificates in a signature. They are not trusted themselves, but lead from the
// signer up to one that is.
#pragma once

#include "trust/trust_store.hpp"

namespace kmodpp::trust {

/// The certificate that issued another one, by its authority key id; null if it is not
/// among them or has no such id.
[[nodiscard]] const Certificate* find_issuer(const TrustStore::Certificates& among,
                                             const Certificate& certificate);

/// The trusted certificate that is the same as another one: issuer, serial and key id.
[[nodiscard]] const Certificate* find_same(const TrustStore::Certificates& among,
                                           const Certificate& certificate);

/// The certificates from one up to the last whose issuer is among them, each once; the
/// first is the one given.
[[nodiscard]] std::vector<const Certificate*> chain_of(
    const TrustStore::Certificates& among, const Certificate& first);

}  // namespace kmodpp::trust
