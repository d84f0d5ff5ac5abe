// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/pkcs7.hpp"

#include "format/der.hpp"
#include "format/oids.hpp"

namespace kmodpp::pkcs7 {

namespace {

Result<Bytes> read_algorithm(der::Reader& from, std::string_view what) {
    TRY_ASSIGN(der::Reader algorithm, from.enter(der::kSequence, what));
    TRY_ASSIGN(const Bytes id, algorithm.take(der::kObjectId, what));
    if (!algorithm.at_end()) TRY(algorithm.next(what));
    TRY(algorithm.expect_end(what));
    return id;
}

Status read_signer_id(der::Reader& info, SignerInfo& out) {
    for (const std::uint8_t tag :
         {der::primitive_context(0), der::constructed_context(0)})
        if (info.peek() == tag) {
            TRY_ASSIGN(out.key_id, info.take(tag, "subjectKeyIdentifier"));
            return {};
        }
    TRY_ASSIGN(der::Reader sid, info.enter(der::kSequence, "issuerAndSerialNumber"));
    TRY_ASSIGN(out.issuer, sid.take(der::kSequence, "issuer"));
    TRY_ASSIGN(out.serial, sid.take(der::kInteger, "serialNumber"));
    return sid.expect_end("issuerAndSerialNumber");
}

Status read_signer(der::Reader info, SignerInfo& out) {
    TRY_ASSIGN(out.version, info.take(der::kInteger, "SignerInfo version"));
    TRY(read_signer_id(info, out));
    TRY_ASSIGN(out.hash, read_algorithm(info, "digestAlgorithm"));
    out.has_signed_attributes = info.peek() == der::constructed_context(0);
    TRY(info.skip_if(der::constructed_context(0), "signedAttrs"));
    TRY_ASSIGN(out.algorithm, read_algorithm(info, "signatureAlgorithm"));
    TRY_ASSIGN(out.signature, info.take(der::kOctetString, "signature"));
    TRY(info.skip_if(der::constructed_context(1), "unsignedAttrs"));
    return info.expect_end("SignerInfo");
}

Status read_content(der::Reader content, SignedData& out) {
    TRY_ASSIGN(out.content_type, content.take(der::kObjectId, "content type"));
    out.has_content = content.peek() == der::constructed_context(0);
    TRY(content.skip_if(der::constructed_context(0), "content"));
    return content.expect_end("encapContentInfo");
}

Status read_data(der::Reader data, SignedData& out) {
    TRY_ASSIGN(out.version, data.take(der::kInteger, "SignedData version"));
    TRY_ASSIGN(der::Reader hashes, data.enter(der::kSet, "digestAlgorithms"));
    while (!hashes.at_end()) TRY(read_algorithm(hashes, "digestAlgorithms"));
    TRY_ASSIGN(const der::Reader content, data.enter(der::kSequence, "encapContentInfo"));
    TRY(read_content(content, out));
    if (data.peek() == der::constructed_context(0)) {
        TRY_ASSIGN(der::Reader certificates,
                   data.enter(der::constructed_context(0), "certificates"));
        while (!certificates.at_end()) {
            TRY_ASSIGN(const der::Element one, certificates.next("certificates"));
            out.certificates.push_back(one.whole);
        }
    }
    TRY(data.skip_if(der::constructed_context(1), "crls"));
    TRY_ASSIGN(der::Reader signers, data.enter(der::kSet, "signerInfos"));
    while (!signers.at_end()) {
        TRY_ASSIGN(const der::Reader info, signers.enter(der::kSequence, "SignerInfo"));
        TRY(read_signer(info, out.signers.emplace_back()));
    }
    return data.expect_end("SignedData");
}

}  // namespace

Status read_signed_data(Bytes blob, SignedData& out) {
    der::Reader top(blob);
    TRY_ASSIGN(der::Reader content_info, top.enter(der::kSequence, "ContentInfo"));
    TRY_ASSIGN(const Bytes type, content_info.take(der::kObjectId, "contentType"));
    if (as_text(type) != oid::kSignedData)
        return fail(ErrorKind::malformed, "contentType: not SignedData");
    TRY_ASSIGN(der::Reader content,
               content_info.enter(der::constructed_context(0), "content"));
    TRY_ASSIGN(const der::Reader data, content.enter(der::kSequence, "SignedData"));
    TRY(read_data(data, out));
    TRY(content.expect_end("content"));
    return content_info.expect_end("ContentInfo");
}

}  // namespace kmodpp::pkcs7
