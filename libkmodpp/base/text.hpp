// SPDX-License-Identifier: LGPL-2.1-or-later
// Builds and splits short texts without iostreams, whose static initialisation would
// slow down every start of modprobe.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
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
inline std::size_t length(std::string_view text) { return text.size(); }
template <std::integral T>
std::size_t length(T) {
    return 1;  // at least; short texts stay without an allocation
}
}  // namespace detail

/// Joins texts, characters and decimal integers.
template <class... Parts>
[[nodiscard]] std::string cat(const Parts&... parts) {
    std::string out;
    out.reserve((std::size_t{} + ... + detail::length(parts)));
    (detail::append(out, parts), ...);
    return out;
}

/// "0x1f4".
[[nodiscard]] std::string hex(std::uint64_t value);
/// "0x000001f4": eight digits, as CRCs are written.
[[nodiscard]] std::string hex32(std::uint32_t value);
/// "0A:FF": each byte as two digits. If \p per_line is not 0, every line has that many
/// bytes, and lines after the first begin with two tabs, as modinfo prints them.
[[nodiscard]] std::string hex_bytes(std::string_view bytes, std::size_t per_line = 0);

/// Parses a whole text as an unsigned integer; nullopt if it contains anything else.
template <std::unsigned_integral T>
[[nodiscard]] std::optional<T> parse_unsigned(std::string_view text, int base = 10) {
    T value{};
    auto [end, failure] =
        std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Views into \p text, separated by runs of the characters in \p separators; none is
/// empty.
[[nodiscard]] std::vector<std::string_view> split_words(
    std::string_view text, std::string_view separators = " \t\n\r\v\f");

/// The text without white space at either end.
[[nodiscard]] std::string_view trim(std::string_view text);

/// Returns the part of \p rest before the first \p separator, and removes it and the
/// separator from \p rest. Without a separator, returns all of \p rest.
[[nodiscard]] std::string_view take_until(std::string_view& rest, char separator);

/// True for an ASCII control character, including tab and newline.
[[nodiscard]] constexpr bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

/// Makes untrusted text safe to print on a terminal: control and non-ASCII bytes become
/// \xNN, and the text is cut after \p limit characters.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 256);

}  // namespace kmodpp
