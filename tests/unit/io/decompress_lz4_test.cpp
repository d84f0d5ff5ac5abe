// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of unpack_lz4().
#include <doctest/doctest.h>

#include "base/text.hpp"
#include "io/decompressors.hpp"
#include "support/exact_copy.hpp"
#include "support/packers.hpp"

using namespace kmodpp;
using namespace std::string_view_literals;

namespace {

Result<io::Buffer> unpack(std::string_view packed, std::uint64_t limit) {
    const test::ExactCopy copy(packed);
    return io::unpack_lz4(copy.bytes(), limit);
}

}  // namespace

TEST_CASE("unpack_lz4: restores contents of any number of blocks") {
    for (const std::size_t size : {0u, 1u, 100'000u, 8u << 20, 9u << 20}) {
        CAPTURE(size);
        const std::string text = test::sample(size);
        const auto out = unpack(test::pack_lz4(text), size);
        REQUIRE_MESSAGE(out, out.error().message);
        CHECK(as_text(out->bytes()) == text);
    }
}

TEST_CASE("unpack_lz4: refuses damaged, truncated or oversized data") {
    const std::string packed = test::pack_lz4(test::sample(5000));
    for (std::size_t size = 0; size < packed.size(); ++size)
        if (size != 4) CHECK_FALSE(unpack(packed.substr(0, size), 1u << 20).has_value());
    CHECK(unpack(packed + "abc", 1u << 20).error().message == "truncated");
    CHECK(unpack(packed, 4999).error().kind == ErrorKind::malformed);
    CHECK(unpack(packed, 5000).has_value());
    CHECK(unpack("\x02\x21\x4c\x18\xff\xff\xff\xff"sv, 1u << 20).error().message ==
          "truncated");
    CHECK(unpack("\x02\x21\x4c\x18\x04\0\0\0\xff\xff\xff\xff"sv, 1u << 20)
              .error()
              .message == "damaged, or beyond the limit");
}
