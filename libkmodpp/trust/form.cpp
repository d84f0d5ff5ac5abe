// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/form.hpp"

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/text.hpp"
#include "format/key_algorithms.hpp"
#include "format/oids.hpp"
#include "format/x509.hpp"

namespace kmodpp::trust {

namespace {

constexpr unsigned kInvalidVersion = 256;

/// A version number of one byte; kInvalidVersion for anything else.
unsigned version_of(const std::optional<Bytes>& integer) {
    return integer && integer->size() == 1 ? static_cast<unsigned>((*integer)[0])
                                           : kInvalidVersion;
}

/// The kernel's parser returns EINVAL for a message that is well-formed but not of a
/// supported kind.
Refusal not_understood(std::string reason) {
    return {SignatureVerdict::malformed, EINVAL, std::move(reason)};
}

/// The attributes that the kernel checks; each may occur once. It ignores all others.
constexpr std::string_view kCheckedAttributes[] = {
    oid::kContentType,       oid::kSigningTime,   oid::kMessageDigest,
    oid::kSmimeCapabilities, oid::kStatementType, oid::kOpusInfo};

Refusal damaged_attribute(std::string_view what) {
    return refusal(SignatureVerdict::malformed, cat("its signed attributes have ", what));
}

std::optional<Refusal> check_attribute(const pkcs7::SignedData& data,
                                       const pkcs7::Attribute& attribute) {
    const std::string_view type = as_text(attribute.type);
    if (type == oid::kContentType) {
        if (data.content_type &&
            as_text(attribute.value.contents) != as_text(*data.content_type))
            return damaged_attribute("a content type other than that of its PKCS#7");
    } else if (type == oid::kSigningTime) {
        der::Reader time(attribute.value.whole);
        if (!x509::read_time(time, "signingTime"))
            return damaged_attribute("an invalid signing time");
    } else if (type == oid::kMessageDigest) {
        if (attribute.value.tag != der::kOctetString)
            return damaged_attribute("a digest that is not an octet string");
    } else {
        return refusal(SignatureVerdict::not_for_modules,
                       "it signs attributes that belong to mail or Authenticode");
    }
    return std::nullopt;
}

std::optional<Refusal> check_attributes(const pkcs7::SignedData& data,
                                        const pkcs7::SignedAttributes& attributes) {
    std::vector<std::string_view> seen;
    for (const pkcs7::Attribute& attribute : attributes.values) {
        const std::string_view type = as_text(attribute.type);
        if (std::ranges::find(kCheckedAttributes, type) == std::end(kCheckedAttributes))
            continue;
        if (std::ranges::find(seen, type) != seen.end())
            return refusal(SignatureVerdict::not_for_modules,
                           "it signs an attribute more than once");
        seen.push_back(type);
        if (auto complaint = check_attribute(data, attribute)) return complaint;
    }
    for (const std::string_view needed : {oid::kContentType, oid::kMessageDigest})
        if (!attributes.whole.empty() && attributes.find(needed) == nullptr)
            return damaged_attribute("no content type or no message digest");
    return std::nullopt;
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
    constexpr std::string_view kNeverAccepted = "rmd160";
    const std::string_view hash =
        signer.hash ? oid::hash_name(*signer.hash) : std::string_view();
    if (signer.hash && (hash.empty() || hash == kNeverAccepted))
        return refusal(SignatureVerdict::unsupported, "its hash function is not known");
    if (signer.attributes)
        if (auto complaint = check_attributes(data, *signer.attributes)) return complaint;
    if (signer.algorithm && !signer_algorithm(*signer.algorithm))
        return refusal(SignatureVerdict::unsupported,
                       "its signature algorithm is not known");
    return std::nullopt;
}

bool has_attributes(const pkcs7::SignerInfo& signer) {
    return signer.attributes.has_value();
}

}  // namespace

std::optional<Refusal> check_form(const pkcs7::SignedData& data, const Status& reading) {
    if (data.type && as_text(*data.type) != oid::kSignedData)
        return not_understood("its PKCS#7 is not SignedData");
    const unsigned version = version_of(data.version);
    if (data.version && version != 1 && version != 3)
        return not_understood(cat("version ", version, " of PKCS#7 is not known"));
    if (data.content_type && as_text(*data.content_type) != oid::kData)
        return not_understood("its PKCS#7 signs something other than data");
    for (const pkcs7::SignerInfo& signer : data.signers)
        if (auto complaint = check_signer(data, signer)) return complaint;
    if (!reading)
        return refusal(SignatureVerdict::malformed,
                       cat("its PKCS#7 is damaged: ", reading.error().message));
    if (data.signers.empty()) return not_understood("its PKCS#7 has no signer");
    const auto with_attributes =
        static_cast<std::size_t>(std::ranges::count_if(data.signers, has_attributes));
    if (with_attributes != 0 && with_attributes != data.signers.size())
        return not_understood("only some of its signers sign attributes");
    if (data.has_content)
        return refusal(SignatureVerdict::malformed,
                       "its PKCS#7 has contents of its own: it is not detached");
    // Signed attributes are accepted for ML-DSA, because OpenSSL before 4.0 cannot omit
    // them. If there are several signers, the first one decides
    // (CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA).
    if (with_attributes != 0 &&
        !signs_contents(signer_algorithm(*data.signers.front().algorithm)->key))
        return refusal(
            SignatureVerdict::not_for_modules,
            "it signs attributes, which the kernel does not accept for modules");
    // The kernel infers from the version how the signer is identified.
    for (const pkcs7::SignerInfo& signer : data.signers)
        if ((version_of(signer.version) == 3) != signer.key_id.has_value())
            return not_understood(
                "its signer is not identified in the form that its version requires");
    return std::nullopt;
}

}  // namespace kmodpp::trust
