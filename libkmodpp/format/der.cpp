// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/der.hpp"

#include <utility>

#include "base/text.hpp"

namespace kmodpp::der {

std::optional<std::uint8_t> Reader::peek() const {
    if (at_end()) return std::nullopt;
    return static_cast<std::uint8_t>(bytes_[at_]);
}

bool Reader::is_next(std::uint8_t tag) const {
    constexpr unsigned kConstructed = 0x20;
    const auto next = peek();
    return next && ((*next ^ tag) & ~(tag & kConstructed)) == 0;
}

Result<Element> Reader::next(std::string_view what) {
    const auto complain = [&](const auto&... why) {
        return fail(ErrorKind::malformed,
                    cat("offset ", hex(base_ + at_), ": ", what, ": ", why...));
    };
    if (at_end()) return complain("missing");
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
    const std::size_t start = std::exchange(at_, at + length);
    return Element{static_cast<std::uint8_t>(bytes_[start]), bytes_.subspan(at, length),
                   bytes_.subspan(start, at_ - start)};
}

Result<Bytes> Reader::take(std::uint8_t tag, std::string_view what) {
    if (!at_end() && !is_next(tag))
        return fail(ErrorKind::malformed,
                    cat("offset ", hex(base_ + at_), ": ", what, ": tag ", hex(*peek()),
                        " where ", hex(tag), " is expected"));
    TRY_ASSIGN(const Element element, next(what));
    return element.contents;
}

Result<Reader> Reader::enter(std::uint8_t tag, std::string_view what) {
    TRY_ASSIGN(const Bytes contents, take(tag, what));
    return Reader(contents, base_ + at_ - contents.size());
}

Status Reader::expect_end(std::string_view what) const {
    if (at_end()) return {};
    return fail(ErrorKind::malformed, cat("offset ", hex(base_ + at_), ": ", what,
                                          ": more than belongs there"));
}

Status Reader::skip_if(std::uint8_t tag, std::string_view what) {
    if (is_next(tag)) TRY(take(tag, what));
    return {};
}

}  // namespace kmodpp::der
