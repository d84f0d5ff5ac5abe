// SPDX-License-Identifier: LGPL-2.1-or-later
// Walks DER and BER (X.690) without recursion, as leniently as the kernel's decoder: the
// reader names every element it expects.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace kmodpp::der {

//   | tag | length | contents |
//
//   tag     one byte: class (2 bits), constructed (1 bit), number (5 bits, 31 = longer)
//   length  0x00-0x7f as it is; 0x80 indefinite, up to two zero bytes (constructed
//           elements only); 0x8N: N bytes, big-endian
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

/// The longest length that the kernel's decoder reads (lib/asn1_decoder.c).
inline constexpr std::size_t kMaxLengthBytes = 2;
/// The same inside an element of indefinite length that it skips.
inline constexpr std::size_t kMaxSkippedLengthBytes = 7;

struct Element {
    std::uint8_t tag;
    Bytes contents;
    Bytes whole;  ///< tag, length and, after an indefinite length, the end mark included
    bool is_indefinite = false;

    /// `whole` without an end mark: what the kernel takes as the element.
    [[nodiscard]] Bytes without_end_mark() const {
        return whole.first(whole.size() - (is_indefinite ? 2 : 0));
    }
};

/// Reads the elements of one level in turn. Borrows the bytes.
class Reader {
public:
    /// `base` is where `bytes` begin in the whole blob, for error texts.
    explicit Reader(Bytes bytes, std::size_t base = 0, bool is_indefinite = false)
        : bytes_(bytes), base_(base), is_indefinite_(is_indefinite) {}

    [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }
    /// The bytes of the elements that are left.
    [[nodiscard]] Bytes rest() const { return bytes_.subspan(at_); }
    /// malformed when an element is left: "offset 0x12: SignedData: more than belongs
    /// there".
    [[nodiscard]] Status expect_end(std::string_view what) const;
    /// The tag that comes next; nullopt at the end.
    [[nodiscard]] std::optional<std::uint8_t> peek() const;

    /// True if the level is that of an element of indefinite length.
    [[nodiscard]] bool is_indefinite() const { return is_indefinite_; }

    /// True if the next element has that tag. For the tag of a constructed element the
    /// bit that says so is ignored, as in the kernel's decoder.
    [[nodiscard]] bool is_next(std::uint8_t tag) const;

    /// The contents of the next element, which has to have that tag. `what` names it in
    /// the error: "offset 0x12: serialNumber: tag 0x30 where 0x02 is expected".
    [[nodiscard]] Result<Bytes> take(std::uint8_t tag, std::string_view what);
    /// The same as a level of its own.
    [[nodiscard]] Result<Reader> enter(std::uint8_t tag, std::string_view what);
    /// The next element, whatever it is.
    [[nodiscard]] Result<Element> next(std::string_view what);
    /// The next element, which has to have that tag.
    [[nodiscard]] Result<Element> expect(std::uint8_t tag, std::string_view what);
    /// Skips the next element if it has that tag.
    [[nodiscard]] Status skip_if(std::uint8_t tag, std::string_view what);

private:
    template <class... Why>
    [[nodiscard]] std::unexpected<Error> malformed(std::size_t at, std::string_view what,
                                                   const Why&... why) const;
    Bytes bytes_;
    std::size_t base_;
    std::size_t at_ = 0;
    bool is_indefinite_;
};

}  // namespace kmodpp::der
