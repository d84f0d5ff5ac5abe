// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/der.hpp"

#include "base/text.hpp"

namespace kmodpp::der {

std::optional<std::uint8_t> Reader::peek() const {
    if (at_end()) return std::nullopt;
    return static_cast<std::uint8_t>(bytes_[at_]);
}

Result<Bytes> Reader::take(std::uint8_t tag, std::string_view what) {
    const auto complain = [&](const auto&... why) {
        return fail(ErrorKind::malformed,
                    cat("offset ", hex(base_ + at_), ": ", what, ": ", why...));
    };
    if (at_end()) return complain("missing");
    if (*peek() != tag)
        return complain("tag ", hex(*peek()), " where ", hex(tag), " is expected");

    std::size_t at = at_ + 1;
    if (at == bytes_.size()) return complain("cut off before its length");
    std::uint64_t length = static_cast<std::uint8_t>(bytes_[at++]);
    if (length == 0x80) return complain("indefinite length, which DER does not allow");
    if (length > 0x80) {
        const std::size_t count = length & 0x7f;
        if (count > kMaxLengthBytes)
            return complain("a length of ", count, " bytes, more than ", kMaxLengthBytes);
        if (!in_range(at, count, bytes_.size())) return complain("cut off in its length");
        length = 0;
        for (std::size_t i = 0; i < count; ++i)
            length = length << 8 | static_cast<std::uint8_t>(bytes_[at++]);
    }
    if (!in_range(at, length, bytes_.size()))
        return complain("length ", hex(length), " runs past the end, ",
                        hex(bytes_.size() - at), " bytes are left");
    at_ = at + length;
    return bytes_.subspan(at, length);
}

Result<Reader> Reader::enter(std::uint8_t tag, std::string_view what) {
    TRY_ASSIGN(const Bytes contents, take(tag, what));
    return Reader(contents, base_ + at_ - contents.size());
}

Status Reader::skip_if(std::uint8_t tag, std::string_view what) {
    if (peek() == tag) TRY(take(tag, what));
    return {};
}

}  // namespace kmodpp::der
