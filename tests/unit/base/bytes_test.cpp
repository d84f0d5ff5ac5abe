// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of base/bytes.hpp, base/endian.hpp and base/error.hpp.
#include "base/bytes.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "base/endian.hpp"
#include "base/text.hpp"

using namespace kmodpp;

TEST_CASE("in_range: never wraps") {
    constexpr std::uint64_t kMax = ~std::uint64_t{0};
    const struct {
        std::uint64_t offset, size, total;
        bool expected;
    } cases[] = {
        {0, 0, 0, true},         {0, 1, 0, false},           {0, 10, 10, true},
        {10, 0, 10, true},       {11, 0, 10, false},         {4, 6, 10, true},
        {4, 7, 10, false},       {kMax, 1, 10, false},       {1, kMax, 10, false},
        {kMax, kMax, 10, false}, {2, kMax - 1, kMax, false}, {1, kMax - 1, kMax, true},
    };
    for (const auto& c : cases) {
        CAPTURE(c.offset);
        CAPTURE(c.size);
        CAPTURE(c.total);
        CHECK(in_range(c.offset, c.size, c.total) == c.expected);
    }
}

TEST_CASE("MemorySource: returns a slice, or an error that names the range") {
    MemorySource source(as_bytes("0123456789"));
    CHECK(source.size() == 10);
    CHECK(as_text(source.slice(0, 10).value()) == "0123456789");
    CHECK(as_text(source.slice(3, 4).value()) == "3456");
    CHECK(source.slice(10, 0).value().empty());

    for (const auto& [offset, size] : {std::pair<std::uint64_t, std::uint64_t>{8, 3},
                                       {11, 0},
                                       {1, ~std::uint64_t{0}}}) {
        const auto slice = source.slice(offset, size);
        REQUIRE_FALSE(slice.has_value());
        CHECK(slice.error().kind == ErrorKind::malformed);
        CHECK(slice.error().message == cat("runs past the end of the file: offset ",
                                           hex(offset), ", size ", hex(size),
                                           " in a file of 0xa bytes"));
    }
}

TEST_CASE("load and store: use the given byte order at unaligned addresses") {
    std::byte raw[9] = {};
    store(raw + 1, std::uint32_t{0x01020304}, std::endian::big);
    CHECK(as_text(Bytes(raw + 1, 4)) == "\x01\x02\x03\x04");
    CHECK(load<std::uint32_t>(raw + 1, std::endian::big) == 0x01020304);
    CHECK(load<std::uint32_t>(raw + 1, std::endian::little) == 0x04030201);
    CHECK(load<std::uint16_t>(raw + 1, std::endian::big) == 0x0102);
    CHECK(load<std::uint8_t>(raw + 4, std::endian::big) == 4);

    store(raw + 1, std::uint64_t{0x0102030405060708}, std::endian::little);
    CHECK(as_text(Bytes(raw + 1, 8)) == "\x08\x07\x06\x05\x04\x03\x02\x01");
    CHECK(load<std::uint64_t>(raw + 1, std::endian::big) == 0x0807060504030201);

    std::string out = "x";
    append(out, std::uint16_t{0x4142}, std::endian::big);
    append(out, std::uint16_t{0x4142}, std::endian::little);
    CHECK(out == "xABBA");
}

TEST_CASE("Error: has the errno, its kind and the context as a prefix") {
    const struct {
        int code;
        ErrorKind kind;
    } cases[] = {
        {ENOENT, ErrorKind::not_found},    {EPERM, ErrorKind::denied},
        {EKEYREJECTED, ErrorKind::denied}, {EBUSY, ErrorKind::busy},
        {EEXIST, ErrorKind::conflict},     {ENOSYS, ErrorKind::unsupported},
        {ENOEXEC, ErrorKind::malformed},   {EIO, ErrorKind::io},
        {ENOSPC, ErrorKind::io},
    };
    for (const auto& c : cases) {
        CAPTURE(c.code);
        CHECK(kind_of_errno(c.code) == c.kind);
        CHECK(fail_errno(c.code, "try").error().kind == c.kind);
    }
    const Error error = fail_errno(ENOENT, "open x").error();
    CHECK(error.code == ENOENT);
    CHECK(error.message == "open x: No such file or directory");
    const Error outer = within(error, "depmod");
    CHECK(outer.message == "depmod: open x: No such file or directory");
    CHECK(outer.code == ENOENT);
    CHECK(outer.kind == ErrorKind::not_found);
}

namespace {
Result<int> positive(int value) {
    if (value <= 0) return fail(ErrorKind::malformed, cat(value, " is not positive"));
    return value;
}
Result<int> sum(int a, int b) {
    TRY(positive(a));
    TRY_ASSIGN(const int second, positive(b));
    return a + second;
}
}  // namespace

TEST_CASE("TRY and TRY_ASSIGN: return the first error") {
    CHECK(sum(1, 2) == 3);
    CHECK(sum(-1, -2).error().message == "-1 is not positive");
    CHECK(sum(1, -2).error().message == "-2 is not positive");
}
