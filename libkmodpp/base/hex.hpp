// SPDX-License-Identifier: LGPL-2.1-or-later
// Formats bytes as hexadecimal digits.
#pragma once

#include <string>
#include <string_view>

namespace kmodpp {

inline constexpr std::string_view kHexDigits = "0123456789abcdef";
inline constexpr std::string_view kUpperHexDigits = "0123456789ABCDEF";

/// Appends a byte as two digits.
inline void append_hex(std::string& out, unsigned char byte,
                       std::string_view digits = kHexDigits) {
    out += digits[byte >> 4];
    out += digits[byte & 0xf];
}

}  // namespace kmodpp
