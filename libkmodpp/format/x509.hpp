// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads X.509 certificates: names, ids, the key, and the part that the issuer signed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "format/der.hpp"
#include "format/x509_parts.hpp"

namespace kmodpp::x509 {

//   Certificate { TBSCertificate { [0] version?, serialNumber, signature, issuer,
//     validity, subject, subjectPublicKeyInfo, [1]?, [2]?, [3] extensions? },
//     signatureAlgorithm, signature }                                      (RFC 5280)

/// SubjectPublicKeyInfo { { algorithm, parameters? }, key }.
struct PublicKeyInfo {
    Bytes whole = {};       ///< the element
    Bytes algorithm = {};   ///< an object identifier
    Bytes parameters = {};  ///< the element; empty if there is none
    Bytes key = {};         ///< contents of the bit string
};

/// Identifies the issuer's certificate by its own issuer and serial number.
struct IssuerAndSerial {
    Bytes issuer;
    Bytes serial;
};

/// Borrows from the bytes that it was read from.
struct Certificate {
    Bytes whole = {};              ///< the element itself, without bytes after it
    Bytes signed_part = {};        ///< TBSCertificate: what the issuer's signature covers
    Bytes serial = {};             ///< contents of the integer
    Bytes issuer = {};             ///< contents of the name
    Bytes subject = {};            ///< contents of the name
    std::uint64_t not_before = 0;  ///< as returned by read_time()
    std::uint64_t not_after = 0;
    PublicKeyInfo public_key = {};
    Bytes subject_key_id = {};  ///< empty if there is none
    std::optional<Bytes> authority_key_id = {};
    std::optional<IssuerAndSerial> authority_serial = {};
    Bytes signature_algorithm = {};  ///< an object identifier
    Bytes signature = {};
    /// Why the kernel's parser refuses the certificate although it can be read; the code
    /// is the kernel's errno.
    std::optional<Error> refusal = {};
};

/// Reads a certificate as the kernel's x509_cert_parse() does, with its limits and its
/// leniency (BER lengths). The code of an error is the kernel's errno; it is EBADMSG,
/// with the position, if the certificate cannot be parsed.
[[nodiscard]] Result<Certificate> read_certificate(Bytes der);

/// Reads a UTCTime or GeneralizedTime as the number YYYYMMDDhhmmss, for comparisons.
[[nodiscard]] Result<std::uint64_t> read_time(der::Reader& from, std::string_view what);

}  // namespace kmodpp::x509
