// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/trust_store.hpp"

namespace kmodpp::trust {

struct TrustedCertificate {};

namespace {

std::unexpected<Error> not_yet() {
    return fail(ErrorKind::unsupported, "certificates cannot be read yet");
}

}  // namespace

TrustStore::TrustStore() = default;
TrustStore::TrustStore(TrustStore&&) noexcept = default;
TrustStore& TrustStore::operator=(TrustStore&&) noexcept = default;
TrustStore::~TrustStore() = default;

Status TrustStore::add_der(Bytes, std::string_view) { return not_yet(); }
Status TrustStore::add_path(const io::Root&, std::string_view) { return not_yet(); }
Status TrustStore::revoke_der(Bytes, std::string_view) { return not_yet(); }
void TrustStore::revoke_hash(Bytes, std::string_view) {}
std::size_t TrustStore::size() const { return certificates_.size(); }

}  // namespace kmodpp::trust
