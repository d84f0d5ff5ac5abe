// SPDX-License-Identifier: LGPL-2.1-or-later
// Parses the end of a signed module: the marker, and the twelve bytes before it that
// describe the signature.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
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
// With id_type 2 (PKCS#7) the signature is a detached DER SignedData with all data, and
// the other fields except sig_len are zero. id_type 0 (PGP) and 1 (X.509) are the older
// form with signer and key id before the signature.
inline constexpr std::string_view kSignatureMarker = "~Module signature appended~\n";

struct SignatureTail {
    std::uint8_t algo, hash, id_type, signer_len, key_id_len;
    std::array<std::uint8_t, 3> pad;
    std::uint32_t sig_len;
    std::uint64_t before;  ///< number of bytes before the trailer

    /// malformed if a field that must be zero for PKCS#7 is not.
    [[nodiscard]] Status check_unused() const;
    /// Offset of the signature; for PKCS#7 the bytes before it are signed.
    [[nodiscard]] std::uint64_t body_size() const { return before - sig_len; }
};

inline constexpr std::uint8_t kPkcs7IdType = 2;

/// Reads the marker and the trailer. The kernel's mod_check_sig() checks the length
/// first, then id_type, then the unused fields.
/// \return nullopt if there is no marker; malformed if there is no trailer before it,
/// or sig_len is larger than the module
[[nodiscard]] Result<std::optional<SignatureTail>> read_signature_tail(
    ByteSource& source);

}  // namespace kmodpp
