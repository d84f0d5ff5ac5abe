// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads certificates from the file formats in which they are distributed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace kmodpp::trust {

/// The contents of a certificate file. Owns its bytes.
struct CertificateFile {
    std::vector<std::string> certificates = {};  ///< DER
    std::vector<std::string> revoked = {};       ///< DER; only in a kernel image
    std::vector<std::string> hashes = {};  ///< of revoked certificates; only in EFI lists
};

/// Reads PEM, EFI signature lists (with or without the attributes that efivarfs puts
/// first) or DER; the contents decide which. The result is empty if the file has none
/// of these formats.
/// \return malformed if the file is damaged
[[nodiscard]] Result<CertificateFile> read_certificate_file(Bytes file);

/// Same, but also accepts kernel images, which take time to unpack.
[[nodiscard]] Result<CertificateFile> read_certificates_or_kernel(Bytes file);

}  // namespace kmodpp::trust
