// SPDX-License-Identifier: LGPL-2.1-or-later
// The end of a signed module: the marker, and before it the twelve bytes that say what
// the signature is.
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
// id_type 2 (PKCS#7) carries everything in the signature: a detached DER SignedData; the
// other fields but sig_len are zero then. id_type 0 (PGP) and 1 (X.509) are the older
// form with signer and key id before the signature.
inline constexpr std::string_view kSignatureMarker = "~Module signature appended~\n";

struct SignatureTail {
    std::uint8_t algo, hash, id_type, signer_len, key_id_len;
    std::array<std::uint8_t, 3> pad;
    std::uint32_t sig_len;
    std::uint64_t before;  ///< bytes of the file in front of the trailer

    /// malformed: one of the fields that PKCS#7 leaves zero is not.
    [[nodiscard]] Status check_unused() const;
    /// Where the signature begins; the bytes before it are signed if it is PKCS#7.
    [[nodiscard]] std::uint64_t body_size() const { return before - sig_len; }
};

inline constexpr std::uint8_t kPkcs7IdType = 2;

/// nullopt: there is no marker. malformed: no trailer before it, or a sig_len that leaves
/// no module. The kernel's mod_check_sig() looks at the length first, then at id_type,
/// then at the unused fields.
[[nodiscard]] Result<std::optional<SignatureTail>> read_signature_tail(
    ByteSource& source);

}  // namespace kmodpp
