// SPDX-License-Identifier: LGPL-2.1-or-later
// The key and signature algorithms that the kernel supports, by object identifier.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace kmodpp {

/// GOST keys are only recognised: the kernel accepts certificates with them, but they
/// cannot be used for verification here.
enum class KeyKind { rsa, ec, gost, ml_dsa_44, ml_dsa_65, ml_dsa_87 };
/// "ML-DSA-44".
[[nodiscard]] const char* to_string(KeyKind kind);
/// True for keys that sign contents as they are, not a digest of them.
[[nodiscard]] constexpr bool signs_contents(KeyKind kind) {
    return kind >= KeyKind::ml_dsa_44;
}

struct SignatureAlgorithm {
    KeyKind key;
    /// The hash that is part of the algorithm's identifier; empty if it is given
    /// separately.
    std::string_view hash;
};
/// The algorithms that the kernel accepts for a PKCS#7 signer
/// (pkcs7_sig_note_pkey_algo).
[[nodiscard]] std::optional<SignatureAlgorithm> signer_algorithm(Bytes oid);
/// The algorithms that the kernel accepts in a certificate (x509_note_sig_algo).
[[nodiscard]] std::optional<SignatureAlgorithm> certificate_algorithm(Bytes oid);

/// The kind of a key by the object identifier in its certificate; nullopt if the kernel
/// does not support it (x509_extract_key_data).
[[nodiscard]] std::optional<KeyKind> key_kind(Bytes oid);

struct Curve {
    std::string_view oid;
    const char* name;
    std::size_t size;            ///< bytes of a coordinate
    std::string_view order;      ///< big-endian, without leading zeros
    std::string_view generator;  ///< as an uncompressed point
};
/// The curves of the kernel's ECDSA (P-521 since Linux 6.10); null for others.
[[nodiscard]] const Curve* find_curve(Bytes oid);

}  // namespace kmodpp
