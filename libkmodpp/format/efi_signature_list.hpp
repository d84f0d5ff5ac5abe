// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the lists of certificates and hashes in UEFI variables: db, dbx, MokListRT.
#pragma once

#include <vector>

#include "base/bytes.hpp"

namespace kmodpp::efi {

//   a sequence of EFI_SIGNATURE_LIST (UEFI specification, 32.4.1), little-endian:
//   | GUID type (16) | u32 list size | u32 header size | u32 entry size | header |
//   | entry | …
//
//   entry: | GUID owner (16) | data |
//
//   data: a certificate in DER; for a certificate hash, the hash of TBSCertificate and
//   the time of revocation (16)

/// Borrows from the variable.
struct SignatureLists {
    std::vector<Bytes> certificates = {};
    std::vector<Bytes> certificate_hashes = {};
};

/// Skips lists of other types, such as hashes of programs. malformed if the sizes are
/// inconsistent.
[[nodiscard]] Result<SignatureLists> read_signature_lists(Bytes variable);

/// True if the bytes begin with a list of a known type.
[[nodiscard]] bool is_signature_list(Bytes bytes);

/// Size of the variable's attributes at the beginning of a file in efivarfs.
inline constexpr std::size_t kAttributesSize = 4;

}  // namespace kmodpp::efi
