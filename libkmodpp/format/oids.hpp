// SPDX-License-Identifier: LGPL-2.1-or-later
// The object identifiers that occur in signatures and certificates.
#pragma once

#include <string_view>

#include "base/bytes.hpp"

namespace kmodpp::oid {

using namespace std::string_view_literals;

// Values are the contents of DER object identifiers.
inline constexpr std::string_view kData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"sv;
inline constexpr std::string_view kSignedData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"sv;
// Signed attributes (RFC 5652, RFC 8551, Authenticode).
inline constexpr std::string_view kContentType = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"sv;
inline constexpr std::string_view kMessageDigest =
    "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"sv;
inline constexpr std::string_view kSigningTime = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05"sv;
inline constexpr std::string_view kSmimeCapabilities =
    "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0f"sv;
inline constexpr std::string_view kStatementType =
    "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0b"sv;
inline constexpr std::string_view kOpusInfo =
    "\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0c"sv;
inline constexpr std::string_view kCommonName = "\x55\x04\x03"sv;
inline constexpr std::string_view kSubjectKeyId = "\x55\x1d\x0e"sv;
inline constexpr std::string_view kAuthorityKeyId = "\x55\x1d\x23"sv;
inline constexpr std::string_view kKeyUsage = "\x55\x1d\x0f"sv;
inline constexpr std::string_view kBasicConstraints = "\x55\x1d\x13"sv;

/// The name of a hash function ("sha256"); empty if it is unknown.
[[nodiscard]] std::string_view hash_name(Bytes oid);

}  // namespace kmodpp::oid
