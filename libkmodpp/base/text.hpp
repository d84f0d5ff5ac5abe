// SPDX-License-Identifier: LGPL-2.1-or-later
// Building and taking apart short texts without iostreams, whose static initialisation
// would cost every start of modprobe.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp {

namespace detail {
inline void append(std::string& out, std::string_view text) { out += text; }
inline void append(std::string& out, char c) { out += c; }
template <std::integral T>
requires(!std::same_as<T, char> && !std::same_as<T, bool>) void append(std::string& out,
                                                                       T value) {
    char digits[24];
    auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(digits, end);
}
}  // namespace detail

/// Joins texts, characters and decimal integers.
template <class... Parts>
[[nodiscard]] std::string cat(const Parts&... parts) {
    std::string out;
    (detail::append(out, parts), ...);
    return out;
}

/// "0x1f4".
[[nodiscard]] std::string hex(std::uint64_t value);
/// "0x000001f4": the form of CRCs in the text dumps.
[[nodiscard]] std::string hex32(std::uint32_t value);
/// "0A:FF": each byte of a text as two digits. So many to a line, and the lines behind
/// the first behind two tabs, as modinfo prints them; 0: all on one.
[[nodiscard]] std::string hex_bytes(std::string_view bytes, std::size_t per_line = 0);

/// A whole text as an unsigned integer; nothing else around it is accepted.
template <std::unsigned_integral T>
[[nodiscard]] std::optional<T> parse_unsigned(std::string_view text, int base = 10) {
    T value{};
    auto [end, failure] =
        std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Views into `text`, separated by runs of the characters in `separators`; no empty ones.
[[nodiscard]] std::vector<std::string_view> split_words(
    std::string_view text, std::string_view separators = " \t\n\r\v\f");

/// The text without white space at either end.
[[nodiscard]] std::string_view trim(std::string_view text);

/// Cuts the part before `separator` off `rest` and returns it; the separator goes too.
/// Without one, everything is taken and `rest` is left empty.
[[nodiscard]] std::string_view take_until(std::string_view& rest, char separator);

/// Foreign text made safe to print on a terminal: control and non-ASCII bytes as \xNN,
/// cut after `limit` characters.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 256);

}  // namespace kmodpp
