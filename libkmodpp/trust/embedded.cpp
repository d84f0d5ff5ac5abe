// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/embedded.hpp"

#include <algorithm>

namespace kmodpp::trust {

const Certificate* find_issuer(const TrustStore::Certificates& among,
                               const Certificate& certificate) {
    const auto& id = certificate.fields().authority_key_id;
    const auto found = std::ranges::find_if(among, [&](const auto& other) {
        return id && !id->empty() && same(other->fields().subject_key_id, *id);
    });
    return found == among.end() ? nullptr : found->get();
}

const Certificate* find_same(const TrustStore::Certificates& among,
                             const Certificate& certificate) {
    const x509::Certificate& fields = certificate.fields();
    const auto found = std::ranges::find_if(among, [&](const auto& other) {
        return same(other->fields().issuer, fields.issuer) &&
               same(other->fields().serial, fields.serial) &&
               (fields.subject_key_id.empty() ||
                same(other->fields().subject_key_id, fields.subject_key_id));
    });
    return found == among.end() ? nullptr : found->get();
}

std::vector<const Certificate*> chain_of(const TrustStore::Certificates& among,
                                         const Certificate& first) {
    std::vector<const Certificate*> chain = {&first};
    while (!chain.back()->is_self_issued()) {
        const Certificate* const issuer = find_issuer(among, *chain.back());
        if (issuer == nullptr || std::ranges::find(chain, issuer) != chain.end()) break;
        chain.push_back(issuer);
    }
    return chain;
}

}  // namespace kmodpp::trust
