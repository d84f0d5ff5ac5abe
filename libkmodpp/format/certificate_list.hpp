// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the certificates built into a kernel, in its unpacked image.
#pragma once

#include <vector>

#include "base/bytes.hpp"

namespace kmodpp {

//   system_certificate_list, aligned
//   | certificate | certificate | … |
//   padding to the alignment
//   | size of the list | padding | size of its first part: the module signing key |
//
//   revocation_certificate_list, aligned
//   | certificate | … | padding | size of the list |
//
// (source: certs/system_certificates.S, certs/revocation_certificates.S). The alignment
// is 8, or 256 on ARM, MIPS, PowerPC and RISC-V. The sizes are one machine word, in the
// machine's byte order; on MIPS they include the padding. The sizes distinguish the lists
// from other certificates in an image, such as those of the wireless regulatory database.

/// Borrow from the image.
struct BuiltinCertificates {
    std::vector<Bytes> trusted = {};
    std::vector<Bytes> revoked = {};
};

/// Searches the whole image in linear time, because images have no symbols. Both lists
/// may be empty.
[[nodiscard]] BuiltinCertificates find_builtin_certificates(Bytes image);

}  // namespace kmodpp
