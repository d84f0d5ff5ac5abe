// SPDX-License-Identifier: LGPL-2.1-or-later
// The forms of files that hold certificates.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace kmodpp::trust {

/// What was found in a file. Owns its bytes.
struct CertificateFile {
    std::vector<std::string> certificates = {};  ///< DER
    std::vector<std::string> revoked = {};       ///< DER; of a kernel image
    std::vector<std::string> hashes = {};        ///< of certificates; of an EFI variable
};

/// By its first bytes: PEM, EFI signature lists (behind the attributes that efivarfs
/// puts first, or without), DER. Nothing in it: no such form. malformed: damaged.
[[nodiscard]] Result<CertificateFile> read_certificate_file(Bytes file);

/// The same, and kernel images, which cost time to unpack.
[[nodiscard]] Result<CertificateFile> read_certificates_or_kernel(Bytes file);

}  // namespace kmodpp::trust
