// SPDX-License-Identifier: LGPL-2.1-or-later
// The signature that the kernel build appends to a module.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace kmodpp {

//   | module body | signer | key id | signature | trailer (12) | marker (28) |
//
//   trailer (source: include/linux/module_signature.h)
//   +------+------+---------+------------+------------+---+---+---+---------------+
//   | algo | hash | id_type | signer_len | key_id_len | 0 | 0 | 0 | sig_len  be32 |
//   +------+------+---------+------------+------------+---+---+---+---------------+
//
// id_type 2 (PKCS#7) carries everything in the signature: a detached DER SignedData; the
// other fields but sig_len are zero then. id_type 0 (PGP) and 1 (X.509) are the older
// form with signer and key id before the signature.
inline constexpr std::string_view kSignatureMarker = "~Module signature appended~\n";

enum class SignatureKind { pgp, x509, pkcs7 };

/// Owns its bytes.
struct ModuleSignature {
    SignatureKind kind = SignatureKind::pkcs7;
    std::string signer;  ///< common name of the issuer (PKCS#7), or the trailer's text
    std::string
        key_id;  ///< raw bytes: serial number, or SKID when the signer is named so
    std::string hash_algorithm;   ///< "sha256"; empty when unknown
    std::string signature;        ///< raw bytes of the signature value
    std::uint64_t body_size = 0;  ///< bytes of the file that are signed
};

/// nullopt: the file does not end with the marker, so it is unsigned. malformed: it does,
/// and what stands before it breaks the format; the error says which field. unsupported:
/// an id_type that is not known. A PKCS#7 blob is read just as far as the fields above
/// need; nothing is verified here.
[[nodiscard]] Result<std::optional<ModuleSignature>> read_signature(ByteSource& source);

/// "sig_id" as modinfo prints it: "PGP", "X509", "PKCS#7".
[[nodiscard]] std::string_view to_string(SignatureKind kind);

}  // namespace kmodpp
