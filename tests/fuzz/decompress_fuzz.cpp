// SPDX-License-Identifier: LGPL-2.1-or-later
// Fuzzes the decompressors; the first bytes of the input choose the format.
#include "io/decompress.hpp"

#include <algorithm>

#include "format/kernel_unpacking.hpp"
#include "fuzz/fuzz.hpp"
#include "io/decompressors.hpp"

namespace kmodpp::test {

namespace {

constexpr std::uint64_t kLimit = 1u << 18;

bool same(const Result<io::Buffer>& a, const Result<io::Buffer>& b) {
    return a.has_value() == b.has_value() &&
           (!a || std::ranges::equal(a->bytes(), b->bytes()));
}

}  // namespace

void fuzz_one(Bytes input) {
    const io::Compression compression = io::detect_compression(input);
    if (compression == io::Compression::none) return;
    claim(!kernel_unpack_obstacle(input, 0).empty() ||
              kernel_unpack_obstacle(input, ~XzFilters{0}).empty(),
          "a kernel with more filters unpacks the same streams");
    const auto out = io::decompress(compression, input, kLimit);
    claim(!out || out->size() <= kLimit, "the output is within the limit");
    claim(!out || out->capacity() <= 2 * kLimit + 1, "memory is bounded by the limit");
    claim(out || !out.error().message.empty(),
          "the error for a bad stream has a message");
    // A failure must not affect later uses of the decoder.
    claim(same(out, io::decompress(compression, input, kLimit)),
          "a second run has the same result");
    if (compression == io::Compression::gzip) {
        const auto by_zlib = io::unpack_gzip_with_zlib(input, kLimit);
        // libdeflate ignores the header checksum of gzip, which protects no contents.
        claim((!by_zlib && by_zlib.error().message.contains("header crc mismatch")) ||
                  same(io::unpack_gzip_with_libdeflate(input, kLimit), by_zlib),
              "both gzip libraries agree");
    }
    if (!out || out->size() == 0) return;
    claim(!io::decompress(compression, input, out->size() - 1),
          "a limit of one byte less is an error");
    claim(io::decompress(compression, input, out->size()).has_value(),
          "output of exactly the limit is allowed");
}

}  // namespace kmodpp::test
