// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/embedded.hpp"

#include <algorithm>

namespace kmodpp::trust {

const Certificate* find_issuer(const TrustStore::Certificates& among,
                               const Certificate& certificate) {
    const Bytes id = certificate.fields().authority_key_id;
    const auto found = std::ranges::find_if(among, [&](const auto& other) {
        return !id.empty() && same(other->fields().subject_key_id, id);
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

bool is_signed_with(const Certificate& certificate, const PublicKey& key) {
    const x509::Certificate& fields = certificate.fields();
    const auto algorithm = certificate_algorithm(fields.signature_algorithm);
    if (!algorithm) return false;
    if (takes_contents(algorithm->key))
        return key.verifies(algorithm->key, {.contents = fields.signed_part},
                            fields.signature);
    const auto hash = find_hash(algorithm->hash);
    if (!hash) return false;
    const auto digest = digest_of(hash->get(), fields.signed_part);
    return digest &&
           key.verifies(algorithm->key, {.hash = hash->get(), .digest = *digest},
                        fields.signature);
}

bool is_self_signed(const Certificate& certificate) {
    const x509::Certificate& fields = certificate.fields();
    return same(fields.subject, fields.issuer) &&
           (fields.authority_key_id.empty() ||
            same(fields.authority_key_id, fields.subject_key_id));
}

std::vector<const Certificate*> chain_of(const TrustStore::Certificates& among,
                                         const Certificate& first) {
    std::vector<const Certificate*> chain = {&first};
    while (!is_self_signed(*chain.back())) {
        const Certificate* const issuer = find_issuer(among, *chain.back());
        if (issuer == nullptr || std::ranges::find(chain, issuer) != chain.end()) break;
        chain.push_back(issuer);
    }
    return chain;
}

}  // namespace kmodpp::trust
