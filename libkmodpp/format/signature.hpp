// SPDX-License-Identifier: LGPL-2.1-or-later
// The signature that the kernel build appends to a module.
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
/// an id_type that is not known. Nothing is verified here.
[[nodiscard]] Result<std::optional<ModuleSignature>> read_signature(ByteSource& source);

/// The fields that a PKCS#7 signer fills: signer, key id, hash and signature value.
[[nodiscard]] Status name_signer(const pkcs7::SignerInfo& info, ModuleSignature& out);

/// "sig_id" as modinfo prints it: "PGP", "X509", "PKCS#7".
[[nodiscard]] std::string_view to_string(SignatureKind kind);

}  // namespace kmodpp
