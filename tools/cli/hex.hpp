// SPDX-License-Identifier: LGPL-2.1-or-later
// Formats bytes as hexadecimal digits.
#pragma once

#include <string>
#include <string_view>

namespace kmodpp::cli {

inline constexpr std::string_view kHexDigits = "0123456789abcdef";
inline constexpr std::string_view kUpperHexDigits = "0123456789ABCDEF";

/// Appends a byte as two digits.
inline void append_hex(std::string& out, char c, std::string_view digits = kHexDigits) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 0xf];
}

/// "01ab…".
[[nodiscard]] inline std::string hex_digits(std::string_view bytes) {
    std::string digits;
    for (const char c : bytes) append_hex(digits, c);
    return digits;
}

/// Appends "\xNN" for each byte.
inline void append_escaped(std::string& out, std::string_view bytes) {
    for (const char c : bytes) {
        out += "\\x";
        append_hex(out, c);
    }
}

}  // namespace kmodpp::cli
