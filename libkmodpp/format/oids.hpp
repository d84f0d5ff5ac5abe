// SPDX-License-Identifier: LGPL-2.1-or-later
// The object identifiers that signatures and certificates speak of.
#pragma once

#include <string_view>

#include "base/bytes.hpp"

namespace kmodpp::oid {

using namespace std::string_view_literals;

// As the contents of a DER object identifier.
inline constexpr std::string_view kData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"sv;
inline constexpr std::string_view kSignedData = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"sv;
inline constexpr std::string_view kCommonName = "\x55\x04\x03"sv;
inline constexpr std::string_view kSubjectKeyId = "\x55\x1d\x0e"sv;
inline constexpr std::string_view kAuthorityKeyId = "\x55\x1d\x23"sv;

/// "sha256"; empty when it is no hash that is known.
[[nodiscard]] std::string_view hash_name(Bytes oid);

}  // namespace kmodpp::oid
