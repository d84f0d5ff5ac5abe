// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/pkcs7.hpp"

#include <algorithm>

#include "format/der.hpp"
#include "format/x509_parts.hpp"

namespace kmodpp::pkcs7 {

namespace {

/// Enters a SET OF, or the SEQUENCE OF that the kernel also accepts.
Result<der::Reader> enter_several(der::Reader& from, std::string_view what) {
    return from.enter(from.is_next(der::kSequence) ? der::kSequence : der::kSet, what);
}

Status read_signer_id(der::Reader& info, SignerInfo& out) {
    if (info.is_next(der::constructed_context(0))) {
        TRY_ASSIGN(out.key_id,
                   info.take(der::constructed_context(0), "subjectKeyIdentifier"));
        return {};
    }
    TRY_ASSIGN(der::Reader sid, info.enter(der::kSequence, "issuerAndSerialNumber"));
    der::Reader name = sid;
    TRY_ASSIGN(out.issuer, sid.take(der::kSequence, "issuer"));
    TRY_ASSIGN(const der::Reader inside, name.enter(der::kSequence, "issuer"));
    TRY(x509::check_name(inside));
    TRY_ASSIGN(out.serial, sid.take(der::kInteger, "serialNumber"));
    return sid.expect_end("issuerAndSerialNumber");
}

Status read_attributes(der::Reader& info, SignedAttributes& out) {
    der::Reader whole = info;
    TRY_ASSIGN(der::Reader attributes,
               info.enter(der::constructed_context(0), "signedAttrs"));
    while (!attributes.at_end()) {
        TRY_ASSIGN(der::Reader one, attributes.enter(der::kSequence, "signedAttrs"));
        TRY_ASSIGN(const Bytes type, one.take(der::kObjectId, "attribute type"));
        TRY_ASSIGN(der::Reader values, enter_several(one, "attribute values"));
        while (!values.at_end()) {
            TRY_ASSIGN(const der::Element value, values.next("attribute value"));
            out.values.push_back({type, value});
        }
        TRY(one.expect_end("attribute"));
    }
    TRY_ASSIGN(const der::Element element, whole.next("signedAttrs"));
    out.whole = element.whole;
    return {};
}

Status read_signer(der::Reader info, SignerInfo& out) {
    TRY_ASSIGN(out.version, info.take(der::kInteger, "SignerInfo version"));
    TRY(read_signer_id(info, out));
    TRY_ASSIGN(const x509::Algorithm hash, x509::read_algorithm(info, "digestAlgorithm"));
    out.hash = hash.id;
    if (info.is_next(der::constructed_context(0)))
        TRY(read_attributes(info, out.attributes.emplace()));
    TRY_ASSIGN(const x509::Algorithm algorithm,
               x509::read_algorithm(info, "signatureAlgorithm"));
    out.algorithm = algorithm.id;
    TRY_ASSIGN(out.signature, info.take(der::kOctetString, "signature"));
    TRY(info.skip_if(der::constructed_context(1), "unsignedAttrs"));
    return info.expect_end("SignerInfo");
}

Status read_content(der::Reader content, SignedData& out) {
    TRY_ASSIGN(const Bytes type, content.take(der::kObjectId, "content type"));
    out.has_content = content.is_next(der::constructed_context(0));
    TRY(content.skip_if(der::constructed_context(0), "content"));
    TRY(content.expect_end("encapContentInfo"));
    out.content_type = type;
    return {};
}

Status read_data(der::Reader data, SignedData& out) {
    TRY_ASSIGN(out.version, data.take(der::kInteger, "SignedData version"));
    TRY_ASSIGN(der::Reader hashes, enter_several(data, "digestAlgorithms"));
    while (!hashes.at_end()) TRY(x509::read_algorithm(hashes, "digestAlgorithms"));
    TRY_ASSIGN(const der::Reader content, data.enter(der::kSequence, "encapContentInfo"));
    TRY(read_content(content, out));
    if (data.is_next(der::constructed_context(0))) {
        TRY_ASSIGN(der::Reader certificates,
                   data.enter(der::constructed_context(0), "certificates"));
        while (!certificates.at_end()) {
            TRY_ASSIGN(const der::Element one, certificates.next("certificates"));
            out.certificates.push_back(one.whole);
        }
    }
    TRY(data.skip_if(der::constructed_context(1), "crls"));
    TRY_ASSIGN(der::Reader signers, enter_several(data, "signerInfos"));
    while (!signers.at_end()) {
        TRY_ASSIGN(const der::Reader info, signers.enter(der::kSequence, "SignerInfo"));
        TRY(read_signer(info, out.signers.emplace_back()));
    }
    return data.expect_end("SignedData");
}

}  // namespace

const der::Element* SignedAttributes::find(std::string_view type) const {
    const auto found = std::ranges::find(
        values, type, [](const Attribute& a) { return as_text(a.type); });
    return found == values.end() ? nullptr : &found->value;
}

Status read_signed_data(Bytes blob, SignedData& out) {
    der::Reader top(blob);
    TRY_ASSIGN(der::Reader content_info, top.enter(der::kSequence, "ContentInfo"));
    TRY_ASSIGN(out.type, content_info.take(der::kObjectId, "contentType"));
    TRY_ASSIGN(der::Reader content,
               content_info.enter(der::constructed_context(0), "content"));
    TRY_ASSIGN(const der::Reader data, content.enter(der::kSequence, "SignedData"));
    TRY(read_data(data, out));
    TRY(content.expect_end("content"));
    return content_info.expect_end("ContentInfo");
}

}  // namespace kmodpp::pkcs7
