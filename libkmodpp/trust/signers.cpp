// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/signers.hpp"

#include <algorithm>
#include <cerrno>

#include "base/text.hpp"
#include "format/oids.hpp"
#include "trust/certificate.hpp"

namespace kmodpp::trust {

namespace {

/// Signed attributes have the tag [0] in the message, but are signed with the tag of a
/// SET (RFC 5652, 5.4).
std::vector<std::byte> as_signed(const pkcs7::SignedAttributes& attributes) {
    std::vector<std::byte> out(attributes.whole.begin(), attributes.whole.end());
    out.front() = std::byte{der::kSet};
    return out;
}

}  // namespace

std::string quoted_signer(std::string_view name) {
    return name.empty() ? "an unnamed signer" : cat("'", printable(name, 128), "'");
}

Refusal changed_since(std::string_view signer_name) {
    return refusal(SignatureVerdict::changed, cat("its contents are not what ",
                                                  quoted_signer(signer_name), " signed"));
}

Result<std::optional<Refusal>> check_signer(const Signer& signer, const PublicKey& key,
                                            std::string_view signer_name) {
    if (signer.unfit) return signer.unfit;
    if (!signer.contents) return changed_since(signer_name);
    TRY_ASSIGN(auto found,
               key.check(signer.key, *signer.contents, signer.info->signature));
    // Replace the message of key.check() with one that names the signer.
    if (found && found->code == EKEYREJECTED) return changed_since(signer_name);
    return found;
}

Result<const SignedModule::Hashed*> SignedModule::hashed(std::string_view name) {
    const auto known =
        std::ranges::find(hashed_, name, [](const auto& one) { return one->name; });
    if (known != hashed_.end()) return known->get();
    auto hash = find_hash(name);
    if (!hash && hash.error().kind != ErrorKind::not_found)
        return std::unexpected(std::move(hash).error());
    auto made = std::make_unique<Hashed>(Hashed{name, nullptr, {}});
    if (hash) {
        made->hash = *std::move(hash);
        TRY_ASSIGN(made->digest, digest_of(made->hash.get(), module_, 0, size_));
    }
    return hashed_.emplace_back(std::move(made)).get();
}

Result<std::optional<Refusal>> SignedModule::prepare(Signer& signer,
                                                     std::string_view signer_name) {
    const auto& attributes = signer.info->attributes;
    TRY_ASSIGN(const bool known, is_known(signer.key));
    if (!known) {
        signer.missing = to_string(signer.key);
        return std::nullopt;
    }
    if (signs_contents(signer.key) && !attributes) {
        TRY_ASSIGN(const Bytes body, module_.slice(0, size_));
        signer.contents = {.contents = body};
        return std::nullopt;
    }
    TRY_ASSIGN(const Hashed* const body, hashed(oid::hash_name(*signer.info->hash)));
    if (!body->hash) {
        signer.missing = cat("hash '", body->name, "'");
        return std::nullopt;
    }
    signer.contents = {
        .hash = body->hash.get(), .hash_name = body->name, .digest = body->digest};
    if (!attributes) return std::nullopt;

    const Bytes claimed = attributes->find(oid::kMessageDigest)->contents;
    if (claimed.size() != body->digest.size)
        return refusal(SignatureVerdict::malformed,
                       "the signed digest does not have the length of its hash");
    if (!same(claimed, body->digest.bytes())) return changed_since(signer_name);
    signer.attributes = as_signed(*attributes);
    if (!signs_contents(signer.key)) {
        TRY_ASSIGN(signer.contents->digest,
                   digest_of(body->hash.get(), signer.attributes));
        return std::nullopt;
    }
    signer.contents = {.contents = signer.attributes};
    if (body->name != "sha512")
        signer.unfit =
            refusal(SignatureVerdict::not_for_modules,
                    cat("its ", to_string(signer.key), " signature covers a ", body->name,
                        " digest; the kernel only accepts sha512"));
    return std::nullopt;
}

}  // namespace kmodpp::trust
