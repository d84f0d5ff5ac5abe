// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/der.hpp"

#include <string>

#include "base/text.hpp"

namespace kmodpp::der {

namespace {

constexpr std::uint8_t kConstructed = 0x20;
constexpr std::uint8_t kLongTag = 0x1f;
constexpr std::uint8_t kIndefinite = 0x80;

std::uint8_t byte_at(Bytes bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
}

/// Tag and length of an element.
struct Header {
    std::uint8_t tag;
    std::size_t size;      ///< of the header
    std::uint64_t length;  ///< of the contents
    bool is_indefinite;
};

/// Reads the header of the first element.
/// \return why it cannot be read; empty if it can
std::string read_header(Bytes bytes, std::size_t max_length_bytes, Header& out) {
    if (bytes.empty()) return "missing";
    out = {byte_at(bytes, 0), 2, 0, false};
    if ((out.tag & kLongTag) == kLongTag) return "a tag of several bytes";
    if (bytes.size() == 1) return "cut off before its length";
    out.length = byte_at(bytes, 1);
    if (out.length == kIndefinite) {
        out.is_indefinite = true;
        out.length = 0;
        if ((out.tag & kConstructed) == 0)
            return "indefinite length of a primitive element";
    } else if (out.length > kIndefinite) {
        const std::size_t count = out.length & 0x7f;
        if (count > max_length_bytes)
            return cat("a length of ", count, " bytes, more than ", max_length_bytes);
        if (!in_range(out.size, count, bytes.size())) return "cut off in its length";
        out.length = 0;
        for (std::size_t i = 0; i < count; ++i)
            out.length = out.length << 8 | byte_at(bytes, out.size++);
    }
    if (!in_range(out.size, out.length, bytes.size()))
        return cat("length ", hex(out.length), " runs past the end, ",
                   hex(bytes.size() - out.size), " bytes are left");
    return {};
}

/// The size of contents of indefinite length, without the end mark; nullopt if that is
/// missing.
std::optional<std::size_t> find_end_mark(Bytes bytes) {
    std::size_t open = 1;
    for (std::size_t at = 0; in_range(at, 2, bytes.size());) {
        if (byte_at(bytes, at) == 0) {
            if (byte_at(bytes, at + 1) != 0) return std::nullopt;
            if (--open == 0) return at;
            at += 2;
            continue;
        }
        Header header{};
        if (!read_header(bytes.subspan(at), kMaxSkippedLengthBytes, header).empty())
            return std::nullopt;
        open += header.is_indefinite;
        at += header.size + header.length;
    }
    return std::nullopt;
}

}  // namespace

template <class... Why>
std::unexpected<Error> Reader::malformed(std::size_t at, std::string_view what,
                                         const Why&... why) const {
    return fail(ErrorKind::malformed,
                cat("offset ", hex(base_ + at), ": ", what, ": ", why...));
}

std::optional<std::uint8_t> Reader::peek() const {
    if (at_end()) return std::nullopt;
    return byte_at(bytes_, at_);
}

bool Reader::is_next(std::uint8_t tag) const {
    const auto next = peek();
    return next && ((*next ^ tag) & ~(tag & kConstructed)) == 0;
}

Result<Element> Reader::next(std::string_view what) {
    const Bytes rest = bytes_.subspan(at_);
    Header header{};
    if (const std::string why = read_header(rest, kMaxLengthBytes, header); !why.empty())
        return malformed(at_, what, why);
    std::size_t end_mark = 0;
    if (header.is_indefinite) {
        const auto size = find_end_mark(rest.subspan(header.size));
        if (!size)
            return malformed(at_, what, "indefinite length without a valid end mark");
        header.length = *size;
        end_mark = 2;
    }
    const std::size_t whole = header.size + header.length + end_mark;
    at_ += whole;
    return Element{header.tag, rest.subspan(header.size, header.length),
                   rest.first(whole), header.is_indefinite};
}

Result<Element> Reader::expect(std::uint8_t tag, std::string_view what) {
    if (!at_end() && !is_next(tag))
        return malformed(at_, what, "tag ", hex(*peek()), " where ", hex(tag),
                         " is expected");
    return next(what);
}

Result<Bytes> Reader::take(std::uint8_t tag, std::string_view what) {
    TRY_ASSIGN(const Element element, expect(tag, what));
    return element.contents;
}

Result<Reader> Reader::enter(std::uint8_t tag, std::string_view what) {
    TRY_ASSIGN(const Element element, expect(tag, what));
    const auto start = static_cast<std::size_t>(element.contents.data() - bytes_.data());
    return Reader(element.contents, base_ + start, element.is_indefinite);
}

Status Reader::expect_end(std::string_view what) const {
    if (at_end()) return {};
    return malformed(at_, what, "unexpected trailing data");
}

Status Reader::skip_if(std::uint8_t tag, std::string_view what) {
    if (is_next(tag)) TRY(next(what));
    return {};
}

}  // namespace kmodpp::der
