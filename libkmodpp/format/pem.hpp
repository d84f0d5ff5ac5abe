// SPDX-License-Identifier: LGPL-2.1-or-later
// Certificates as text: base64 between two lines.
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

/// The DER of every certificate, in order; keys and other things between them are passed
/// over. malformed: a block without its end, or with characters that are no base64.
[[nodiscard]] Result<std::vector<std::string>> read_certificates(std::string_view text);

}  // namespace kmodpp::pem
