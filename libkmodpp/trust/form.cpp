// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/form.hpp"

#include <algorithm>
#include <cerrno>

#include "base/text.hpp"
#include "format/oids.hpp"
#include "trust/public_key.hpp"
#include "trust/verify.hpp"

namespace kmodpp::trust {

namespace {

constexpr unsigned kBeyondAll = 256;

/// A version number of one byte; kBeyondAll for anything else.
unsigned version_of(const std::optional<Bytes>& integer) {
    return integer && integer->size() == 1 ? static_cast<unsigned>((*integer)[0])
                                           : kBeyondAll;
}

/// The kernel's parser has EINVAL for what is well-formed and not for it.
Refusal not_understood(std::string reason) {
    return {SignatureVerdict::malformed, EINVAL, std::move(reason)};
}

std::optional<Refusal> check_signer(const pkcs7::SignedData& data,
                                    const pkcs7::SignerInfo& signer) {
    // RFC 5652, 5.3: version 1 names the signer by issuer and serial, 3 by key id.
    const unsigned version = version_of(signer.version);
    if (signer.version && version != 1 && version != 3)
        return not_understood(cat("version ", version, " of a signer is not known"));
    if (signer.version && version != version_of(data.version))
        return refusal(SignatureVerdict::malformed,
                       "the versions in its PKCS#7 contradict each other");
    constexpr std::string_view kNeverTaken = "rmd160";
    const std::string_view hash =
        signer.hash ? oid::hash_name(*signer.hash) : std::string_view();
    if (signer.hash && (hash.empty() || hash == kNeverTaken))
        return refusal(SignatureVerdict::unsupported, "its hash function is not known");
    if (signer.algorithm && !signer_algorithm(*signer.algorithm))
        return refusal(SignatureVerdict::unsupported,
                       "its signature algorithm is not known");
    return std::nullopt;
}

}  // namespace

Refusal refusal(SignatureVerdict verdict, std::string reason) {
    return {verdict, kernel_errno(verdict), std::move(reason)};
}

std::optional<Refusal> check_form(const pkcs7::SignedData& data, const Status& reading) {
    if (data.type && as_text(*data.type) != oid::kSignedData)
        return not_understood("its PKCS#7 is no SignedData");
    const unsigned version = version_of(data.version);
    if (data.version && version != 1 && version != 3)
        return not_understood(cat("version ", version, " of PKCS#7 is not known"));
    if (data.content_type && as_text(*data.content_type) != oid::kData)
        return not_understood("its PKCS#7 signs something else than data");
    for (const pkcs7::SignerInfo& signer : data.signers)
        if (auto complaint = check_signer(data, signer)) return complaint;
    if (!reading)
        return refusal(SignatureVerdict::malformed,
                       cat("its PKCS#7 is damaged: ", reading.error().message));
    if (data.signers.empty()) return not_understood("nobody signed it");
    const auto with_attributes = static_cast<std::size_t>(
        std::ranges::count_if(data.signers, &pkcs7::SignerInfo::has_signed_attributes));
    if (with_attributes != 0 && with_attributes != data.signers.size())
        return not_understood("only some of its signers sign attributes");
    if (data.has_content)
        return refusal(SignatureVerdict::malformed,
                       "its PKCS#7 has contents of its own: it is not detached");
    if (with_attributes != 0)
        return refusal(SignatureVerdict::not_for_modules,
                       "it signs attributes, which the kernel does not take in modules");
    // The kernel takes the version's word for how the signer is named.
    for (const pkcs7::SignerInfo& signer : data.signers)
        if ((version_of(signer.version) == 3) != signer.key_id.has_value())
            return not_understood("its signer is not named as its version says");
    return std::nullopt;
}

}  // namespace kmodpp::trust
