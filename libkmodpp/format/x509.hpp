// SPDX-License-Identifier: LGPL-2.1-or-later
// What is asked of an X.509 certificate: names, ids, key, and what its issuer signed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "format/der.hpp"

namespace kmodpp::x509 {

//   Certificate { TBSCertificate { [0] version?, serialNumber, signature, issuer,
//     validity, subject, subjectPublicKeyInfo, [1]?, [2]?, [3] extensions? },
//     signatureAlgorithm, signature }                                      (RFC 5280)

/// Borrows from the bytes that it was read from.
struct Certificate {
    Bytes whole;               ///< the element itself, without what stands behind it
    Bytes signed_part;         ///< TBSCertificate: what the issuer's signature covers
    Bytes serial;              ///< contents of the integer
    Bytes issuer;              ///< contents of the name
    Bytes subject;             ///< contents of the name
    std::uint64_t not_before;  ///< as read_time() gives them
    std::uint64_t not_after;
    Bytes public_key;           ///< SubjectPublicKeyInfo, a whole element
    Bytes key_algorithm;        ///< an object identifier
    Bytes subject_key_id;       ///< empty: none
    Bytes authority_key_id;     ///< empty: none
    Bytes signature_algorithm;  ///< an object identifier
    bool is_contradictory;      ///< outside of signed_part it names another one
    Bytes signature;
};

/// malformed: with the place. As strict as the kernel's parser: names, times and bit
/// strings have their forms.
[[nodiscard]] Result<Certificate> read_certificate(Bytes der);

/// AlgorithmIdentifier { id, parameters? }: the id.
[[nodiscard]] Result<Bytes> read_algorithm(der::Reader& from, std::string_view what);

/// A UTCTime or GeneralizedTime as the number YYYYMMDDhhmmss: to be compared.
[[nodiscard]] Result<std::uint64_t> read_time(der::Reader& from, std::string_view what);

/// Whether the contents of a Name have its form.
[[nodiscard]] Status check_name(der::Reader name);

/// The first common name of a Name, given its contents, as it stands in the certificate;
/// empty when there is none.
[[nodiscard]] Result<std::string> common_name(Bytes name);

}  // namespace kmodpp::x509
