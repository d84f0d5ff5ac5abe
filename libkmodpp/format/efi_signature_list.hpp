// SPDX-License-Identifier: LGPL-2.1-or-later
// The lists of certificates and hashes in the variables of UEFI: db, dbx, MokListRT.
#pragma once

#include <vector>

#include "base/bytes.hpp"

namespace kmodpp::efi {

//   EFI_SIGNATURE_LIST (UEFI specification, 32.4.1), little-endian; one follows the other
//   | GUID type (16) | u32 list size | u32 header size | u32 entry size | header | entry…
//   | entry: | GUID owner (16) | data |
//
//   data of a certificate: DER; of a certificate's hash: the hash of TBSCertificate, then
//   the time of its revocation (16)

/// Borrows from the variable.
struct SignatureLists {
    std::vector<Bytes> certificates = {};
    std::vector<Bytes> certificate_hashes = {};
};

/// Types other than these (hashes of programs) are passed over. malformed: sizes that
/// contradict each other.
[[nodiscard]] Result<SignatureLists> read_signature_lists(Bytes variable);

/// Whether the bytes begin with a list of a type that is known.
[[nodiscard]] bool is_signature_list(Bytes bytes);

/// Files of efivarfs begin with the attributes of the variable.
inline constexpr std::size_t kAttributesSize = 4;

}  // namespace kmodpp::efi
