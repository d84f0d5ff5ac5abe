// SPDX-License-Identifier: LGPL-2.1-or-later
// Builds and splits short texts without iostreams, whose static initialisation would
// slow down every start of modprobe.
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kmodpp {

namespace detail {

/// An argument of cat(). Refers to the text.
class Part {
public:
    explicit Part(std::string_view text)
        : text_(text.data()), value_(text.size()), kind_(Kind::text) {}
    explicit Part(const char& c) : text_(&c), value_(1), kind_(Kind::text) {}
    template <std::integral T>
    requires(!std::same_as<T, char> && !std::same_as<T, bool>) explicit Part(T number)
        : value_(static_cast<std::uint64_t>(number)),
          kind_(std::cmp_less(number, 0) ? Kind::negative : Kind::number) {}

    /// A lower bound.
    [[nodiscard]] std::size_t length() const {
        return kind_ == Kind::text ? static_cast<std::size_t>(value_) : 1;
    }
    void append_to(std::string& out) const;

private:
    enum class Kind : std::uint8_t { text, number, negative };

    const char* text_ = nullptr;
    std::uint64_t value_;  ///< size of the text, or the number
    Kind kind_;
};

[[nodiscard]] std::string join(std::span<const Part> parts);

}  // namespace detail

/// Joins texts, characters and decimal integers.
template <class... Parts>
[[nodiscard]] std::string cat(const Parts&... parts) {
    // The code of a call is short, because there are many.
    return detail::join(std::initializer_list<detail::Part>{detail::Part(parts)...});
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

/// A set of ASCII characters. Searches are faster than with find_first_of() of the
/// standard library, which calls memchr() for each character of the text.
class CharSet {
public:
    /// Made by the compiler, which refuses other characters.
    consteval explicit CharSet(std::string_view characters) {
        for (const char c : characters) {
            const auto byte = static_cast<unsigned char>(c);
            bits_.at(byte / 64) |= std::uint64_t{1} << (byte % 64);
        }
    }

    [[nodiscard]] constexpr bool contains(char c) const {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 128 && (bits_[byte / 64] >> (byte % 64) & 1) != 0;
    }

    /// Position of the first character in the set, at or after \p from; the size of \p
    /// text if there is none.
    [[nodiscard]] constexpr std::size_t find(std::string_view text,
                                             std::size_t from = 0) const {
        while (from < text.size() && !contains(text[from])) ++from;
        return from;
    }
    /// The same for the first character that is not in the set.
    [[nodiscard]] constexpr std::size_t find_other(std::string_view text,
                                                   std::size_t from = 0) const {
        while (from < text.size() && contains(text[from])) ++from;
        return from;
    }

private:
    std::array<std::uint64_t, 2> bits_ = {};
};

inline constexpr CharSet kBlanks(" \t");
inline constexpr CharSet kWhiteSpace(" \t\n\r\v\f");

/// Views into \p text, separated by runs of the characters in \p separators; none is
/// empty.
[[nodiscard]] std::vector<std::string_view> split_words(std::string_view text,
                                                        CharSet separators = kWhiteSpace);

/// The text without white space at either end.
[[nodiscard]] std::string_view trim(std::string_view text);

/// Returns the part of \p rest before the first \p separator, and removes it and the
/// separator from \p rest. Without a separator, returns all of \p rest.
[[nodiscard]] inline std::string_view take_until(std::string_view& rest, char separator) {
    const std::size_t at = rest.find(separator);
    const std::string_view head = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
    return head;
}

/// True for an ASCII control character, including tab and newline.
[[nodiscard]] constexpr bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

/// Makes untrusted text safe to print on a terminal: control and non-ASCII bytes become
/// \xNN, and the text is cut after \p limit characters.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 256);

}  // namespace kmodpp
