// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/pem.hpp"

#include "base/text.hpp"

namespace kmodpp::pem {

namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kIgnored = " \t\r\n";

Result<std::string> decode_base64(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    unsigned count = 0;
    bool padded = false;
    for (const char c : text) {
        if (kIgnored.contains(c)) continue;
        const std::size_t value = kAlphabet.find(c);
        if (c == '=') {
            padded = true;
            continue;
        }
        if (value == std::string_view::npos || padded)
            return fail(ErrorKind::malformed, cat("'", printable(std::string_view(&c, 1)),
                                                  "' is not valid base64 at this place"));
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>(bits >> count & 0xff);
        }
    }
    return out;
}

}  // namespace

bool has_certificate(std::string_view text) { return text.contains(kBegin); }

Result<std::vector<std::string>> read_certificates(std::string_view text) {
    std::vector<std::string> out;
    for (;;) {
        const std::size_t begin = text.find(kBegin);
        if (begin == std::string_view::npos) return out;
        text.remove_prefix(begin + kBegin.size());
        const std::size_t end = text.find(kEnd);
        if (end == std::string_view::npos)
            return fail(ErrorKind::malformed,
                        cat("certificate ", out.size() + 1, " has no line '", kEnd, "'"));
        auto der = decode_base64(text.substr(0, end));
        if (!der)
            return std::unexpected(
                within(std::move(der).error(), cat("certificate ", out.size() + 1)));
        out.push_back(*std::move(der));
        text.remove_prefix(end + kEnd.size());
    }
}

}  // namespace kmodpp::pem
