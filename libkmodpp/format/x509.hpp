// SPDX-License-Identifier: LGPL-2.1-or-later
// What is asked of an X.509 certificate: names, ids, key, and what its issuer signed.
#pragma once

#include <string>

#include "base/bytes.hpp"

namespace kmodpp::x509 {

//   Certificate { TBSCertificate { [0] version?, serialNumber, signature, issuer,
//     validity, subject, subjectPublicKeyInfo, [1]?, [2]?, [3] extensions? },
//     signatureAlgorithm, signature }                                      (RFC 5280)

/// Borrows from the bytes that it was read from.
struct Certificate {
    Bytes whole;                ///< the element itself, without what stands behind it
    Bytes signed_part;          ///< TBSCertificate: what the issuer's signature covers
    Bytes serial;               ///< contents of the integer
    Bytes issuer;               ///< contents of the name
    Bytes subject;              ///< contents of the name
    Bytes public_key;           ///< SubjectPublicKeyInfo, a whole element
    Bytes subject_key_id;       ///< empty: none
    Bytes authority_key_id;     ///< empty: none
    Bytes signature_algorithm;  ///< an object identifier
    Bytes signature;
};

/// malformed: with the place.
[[nodiscard]] Result<Certificate> read_certificate(Bytes der);

/// The first common name of a Name, given its contents, as it stands in the certificate;
/// empty when there is none.
[[nodiscard]] Result<std::string> common_name(Bytes name);

}  // namespace kmodpp::x509
