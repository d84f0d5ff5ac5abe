// SPDX-License-Identifier: LGPL-2.1-or-later
// Parses the signature that the kernel build appends to a module.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "format/pkcs7.hpp"
#include "format/signature_tail.hpp"

namespace kmodpp {

enum class SignatureKind { pgp, x509, pkcs7 };

/// A parsed signature. Owns its bytes.
struct ModuleSignature {
    SignatureKind kind = SignatureKind::pkcs7;
    /// Common name of the issuer (PKCS#7), or the signer in the trailer.
    std::string signer;
    /// Raw bytes of the serial number, or of the subject key id if that identifies the
    /// signer.
    std::string key_id;
    std::string hash_algorithm;   ///< "sha256"; empty if unknown
    std::string signature;        ///< raw bytes of the signature value
    std::uint64_t body_size = 0;  ///< size of the signed part of the file in bytes
};

/// Reads the signature of a module without verifying it.
/// \return nullopt if the file does not end with the marker, so it is unsigned;
/// malformed, with the name of the field, if the data before the marker is invalid;
/// unsupported for an unknown id_type
[[nodiscard]] Result<std::optional<ModuleSignature>> read_signature(ByteSource& source);

/// Fills the fields from a PKCS#7 signer: signer, key id, hash and signature value.
[[nodiscard]] Status name_signer(const pkcs7::SignerInfo& info, ModuleSignature& out);

/// "sig_id" as modinfo prints it: "PGP", "X509", "PKCS#7".
[[nodiscard]] std::string_view to_string(SignatureKind kind);

}  // namespace kmodpp
