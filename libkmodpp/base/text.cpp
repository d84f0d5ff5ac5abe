// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/text.hpp"

#include "base/hex.hpp"

namespace kmodpp {

void detail::Part::append_to(std::string& out) const {
    if (kind_ == Kind::text) {
        out.append(text_, length());
        return;
    }
    const bool negative = kind_ == Kind::negative;
    if (negative) out += '-';
    char digits[20];
    const auto end =
        std::to_chars(digits, digits + sizeof digits, negative ? -value_ : value_).ptr;
    out.append(digits, end);
}

std::string detail::join(std::span<const Part> parts) {
    std::size_t length = 0;
    for (const Part& part : parts) length += part.length();
    std::string out;
    out.reserve(length);
    for (const Part& part : parts) part.append_to(out);
    return out;
}

std::string hex(std::uint64_t value) {
    char digits[20];
    auto end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
    return cat("0x", std::string_view(digits, end));
}

std::string hex32(std::uint32_t value) {
    std::string out = "0x00000000";
    for (int i = 0; i < 8; ++i) out[9 - i] = kHexDigits[value >> (4 * i) & 0xf];
    return out;
}

std::string hex_bytes(std::string_view bytes, std::size_t per_line) {
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i > 0) out += ':';
        if (i > 0 && per_line > 0 && i % per_line == 0) out += "\n\t\t";
        append_hex(out, static_cast<unsigned char>(bytes[i]), kUpperHexDigits);
    }
    return out;
}

std::vector<std::string_view> split_words(std::string_view text, CharSet separators) {
    std::vector<std::string_view> words;
    for (std::size_t at = separators.find_other(text); at < text.size();) {
        const std::size_t end = separators.find(text, at);
        words.push_back(text.substr(at, end - at));
        at = separators.find_other(text, end);
    }
    return words;
}

std::string_view trim(std::string_view text) {
    text.remove_prefix(kWhiteSpace.find_other(text));
    while (!text.empty() && kWhiteSpace.contains(text.back())) text.remove_suffix(1);
    return text;
}

std::string printable(std::string_view text, std::size_t limit) {
    std::string out;
    for (const char c : text.substr(0, limit)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f) {
            out += c;
        } else {
            out += "\\x";
            append_hex(out, byte);
        }
    }
    if (text.size() > limit) out += "...";
    return out;
}

}  // namespace kmodpp
