// SPDX-License-Identifier: LGPL-2.1-or-later
// Walks DER (X.690) without recursion: the reader names every element it expects.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace kmodpp::der {

//   | tag | length | contents |
//
//   tag     one byte: class (2 bits), constructed (1 bit), number (5 bits, 31 = longer)
//   length  0x00-0x7f as it is; 0x80 indefinite (BER only); 0x8N: N bytes, big-endian
inline constexpr std::uint8_t kInteger = 0x02;
inline constexpr std::uint8_t kBitString = 0x03;
inline constexpr std::uint8_t kOctetString = 0x04;
inline constexpr std::uint8_t kObjectId = 0x06;
inline constexpr std::uint8_t kSequence = 0x30;
inline constexpr std::uint8_t kSet = 0x31;
/// [N] IMPLICIT of a primitive type.
inline constexpr std::uint8_t primitive_context(unsigned n) {
    return static_cast<std::uint8_t>(0x80 | n);
}
/// [N] EXPLICIT, or IMPLICIT of a constructed type.
inline constexpr std::uint8_t constructed_context(unsigned n) {
    return static_cast<std::uint8_t>(0xa0 | n);
}

/// A length takes this many bytes at most: four say 4 GiB.
inline constexpr std::size_t kMaxLengthBytes = 4;

struct Element {
    std::uint8_t tag;
    Bytes contents;
    Bytes whole;  ///< tag and length included
};

/// Goes over the elements of one level. Borrows the bytes.
class Reader {
public:
    /// `base` is where `bytes` begin in the whole blob, for error texts.
    explicit Reader(Bytes bytes, std::size_t base = 0) : bytes_(bytes), base_(base) {}

    [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }
    /// malformed when an element is left: "offset 0x12: SignedData: more than belongs
    /// there".
    [[nodiscard]] Status expect_end(std::string_view what) const;
    /// The tag that comes next; nullopt at the end.
    [[nodiscard]] std::optional<std::uint8_t> peek() const;

    /// Whether an element of that tag comes next. Of one that is constructed the bit that
    /// says so does not count: the kernel's decoder does not look at it.
    [[nodiscard]] bool is_next(std::uint8_t tag) const;

    /// The contents of the next element, which has to have that tag. `what` names it in
    /// the error: "offset 0x12: serialNumber: tag 0x30 where 0x02 is expected".
    [[nodiscard]] Result<Bytes> take(std::uint8_t tag, std::string_view what);
    /// The same as a level of its own.
    [[nodiscard]] Result<Reader> enter(std::uint8_t tag, std::string_view what);
    /// The next element, whatever it is.
    [[nodiscard]] Result<Element> next(std::string_view what);
    /// Goes past the next element if it has that tag.
    [[nodiscard]] Status skip_if(std::uint8_t tag, std::string_view what);

private:
    Bytes bytes_;
    std::size_t base_;
    std::size_t at_ = 0;
};

}  // namespace kmodpp::der
