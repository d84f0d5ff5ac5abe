// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads DER and BER (X.690) without recursion, as leniently as the kernel's decoder.
// The caller names every element that it expects.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"

namespace kmodpp::der {

//   | tag | length | contents |
//
//   tag     one byte: class (2 bits), constructed (1 bit), number (5 bits, 31 = longer)
//   length  0x00-0x7f the length; 0x80 indefinite, until two zero bytes (constructed
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

/// The maximum number of bytes in a length that the kernel's decoder accepts
/// (lib/asn1_decoder.c).
inline constexpr std::size_t kMaxLengthBytes = 2;
/// Same inside an element of indefinite length that it skips.
inline constexpr std::size_t kMaxSkippedLengthBytes = 7;

struct Element {
    std::uint8_t tag;
    Bytes contents;
    Bytes whole;  ///< with tag, length and, for an indefinite length, the end mark
    bool is_indefinite = false;

    /// `whole` without an end mark: what the kernel treats as the element.
    [[nodiscard]] Bytes without_end_mark() const {
        return whole.first(whole.size() - (is_indefinite ? 2 : 0));
    }
};

/// Reads the elements of one level in turn. Borrows the bytes.
class Reader {
public:
    /// \param base offset of \p bytes in the whole blob, for error messages
    explicit Reader(Bytes bytes, std::size_t base = 0, bool is_indefinite = false)
        : bytes_(bytes), base_(base), is_indefinite_(is_indefinite) {}

    [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }
    /// The bytes of the remaining elements.
    [[nodiscard]] Bytes rest() const { return bytes_.subspan(at_); }
    /// malformed if an element is left: "offset 0x12: SignedData: more than belongs
    /// there".
    [[nodiscard]] Status expect_end(std::string_view what) const;
    /// The tag of the next element; nullopt at the end.
    [[nodiscard]] std::optional<std::uint8_t> peek() const;

    /// True if this level is the contents of an element of indefinite length.
    [[nodiscard]] bool is_indefinite() const { return is_indefinite_; }

    /// True if the next element has this tag. As in the kernel's decoder, an element
    /// that should be constructed may lack the bit for it.
    [[nodiscard]] bool is_next(std::uint8_t tag) const;

    /// The contents of the next element, which must have this tag. \p what is its name
    /// in the error: "offset 0x12: serialNumber: tag 0x30 where 0x02 is expected".
    [[nodiscard]] Result<Bytes> take(std::uint8_t tag, std::string_view what);
    /// A reader for the contents of the next element, which must have this tag.
    [[nodiscard]] Result<Reader> enter(std::uint8_t tag, std::string_view what);
    /// The next element, with any tag.
    [[nodiscard]] Result<Element> next(std::string_view what);
    /// The next element, which must have this tag.
    [[nodiscard]] Result<Element> expect(std::uint8_t tag, std::string_view what);
    /// Skips the next element if it has this tag.
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
