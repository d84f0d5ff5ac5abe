// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads certificates in PEM: base64 between two lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace kmodpp::pem {

//   -----BEGIN CERTIFICATE-----
//   base64, in lines
//   -----END CERTIFICATE-----                                             (RFC 7468)

[[nodiscard]] bool has_certificate(std::string_view text);

/// The DER of every certificate, in order. Skips keys and other contents. malformed if
/// a block has no end or contains characters that are not base64.
[[nodiscard]] Result<std::vector<std::string>> read_certificates(std::string_view text);

}  // namespace kmodpp::pem
