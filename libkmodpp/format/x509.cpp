// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/x509.hpp"

#include "format/der.hpp"
#include "format/oids.hpp"

namespace kmodpp::x509 {

namespace {

constexpr std::uint8_t kBoolean = 0x01;

Status read_key_ids(std::string_view id, Bytes value, Certificate& out) {
    der::Reader reader(value);
    if (id == oid::kSubjectKeyId) {
        TRY_ASSIGN(out.subject_key_id,
                   reader.take(der::kOctetString, "subjectKeyIdentifier"));
    } else if (id == oid::kAuthorityKeyId) {
        TRY_ASSIGN(der::Reader key_id,
                   reader.enter(der::kSequence, "authorityKeyIdentifier"));
        if (key_id.peek() == der::primitive_context(0)) {
            TRY_ASSIGN(out.authority_key_id,
                       key_id.take(der::primitive_context(0), "keyIdentifier"));
        }
    }
    return {};
}

Status read_extensions(der::Reader wrapped, Certificate& out) {
    TRY_ASSIGN(der::Reader extensions, wrapped.enter(der::kSequence, "extensions"));
    while (!extensions.at_end()) {
        TRY_ASSIGN(der::Reader one, extensions.enter(der::kSequence, "extension"));
        TRY_ASSIGN(const Bytes id, one.take(der::kObjectId, "extension id"));
        TRY(one.skip_if(kBoolean, "critical"));
        TRY_ASSIGN(const Bytes value, one.take(der::kOctetString, "extension value"));
        TRY(read_key_ids(as_text(id), value, out));
    }
    return {};
}

Status read_signed_part(der::Reader part, Certificate& out) {
    TRY(part.skip_if(der::constructed_context(0), "version"));
    TRY_ASSIGN(out.serial, part.take(der::kInteger, "serialNumber"));
    TRY(part.take(der::kSequence, "signature"));
    TRY_ASSIGN(out.issuer, part.take(der::kSequence, "issuer"));
    TRY(part.take(der::kSequence, "validity"));
    TRY_ASSIGN(out.subject, part.take(der::kSequence, "subject"));
    TRY_ASSIGN(const der::Element key, part.next("subjectPublicKeyInfo"));
    out.public_key = key.whole;
    for (const unsigned unique_id : {1u, 2u}) {
        TRY(part.skip_if(der::primitive_context(unique_id), "uniqueID"));
        TRY(part.skip_if(der::constructed_context(unique_id), "uniqueID"));
    }
    if (part.peek() != der::constructed_context(3)) return {};
    TRY_ASSIGN(const der::Reader extensions,
               part.enter(der::constructed_context(3), "extensions"));
    return read_extensions(extensions, out);
}

}  // namespace

Result<Certificate> read_certificate(Bytes der) {
    Certificate out;
    der::Reader top(der);
    der::Reader again = top;
    TRY_ASSIGN(const der::Element whole, again.next("Certificate"));
    out.whole = whole.whole;
    TRY_ASSIGN(der::Reader certificate, top.enter(der::kSequence, "Certificate"));
    der::Reader inside = certificate;
    TRY_ASSIGN(const der::Element signed_part, inside.next("TBSCertificate"));
    out.signed_part = signed_part.whole;
    TRY_ASSIGN(const der::Reader part,
               certificate.enter(der::kSequence, "TBSCertificate"));
    TRY(read_signed_part(part, out));
    TRY_ASSIGN(der::Reader algorithm,
               certificate.enter(der::kSequence, "signatureAlgorithm"));
    TRY_ASSIGN(out.signature_algorithm,
               algorithm.take(der::kObjectId, "signatureAlgorithm"));
    TRY_ASSIGN(const Bytes bits, certificate.take(der::kBitString, "signature"));
    // The first byte counts unused bits.
    if (bits.empty())
        return fail(ErrorKind::malformed,
                    "signature: a bit string without its first byte");
    out.signature = bits.subspan(1);
    return out;
}

Result<std::string> common_name(Bytes name) {
    for (der::Reader reader(name); !reader.at_end();) {
        TRY_ASSIGN(der::Reader part, reader.enter(der::kSet, "issuer: name part"));
        while (!part.at_end()) {
            TRY_ASSIGN(der::Reader attribute,
                       part.enter(der::kSequence, "issuer: attribute"));
            TRY_ASSIGN(const Bytes type,
                       attribute.take(der::kObjectId, "issuer: attribute type"));
            if (as_text(type) != oid::kCommonName) continue;
            // Any of the string types.
            TRY_ASSIGN(const der::Element value, attribute.next("issuer: common name"));
            return std::string(as_text(value.contents));
        }
    }
    return std::string();
}

}  // namespace kmodpp::x509
