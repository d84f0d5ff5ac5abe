// SPDX-License-Identifier: LGPL-2.1-or-later
// Compression formats that are enabled or disabled in a build.
#include <doctest/doctest.h>

#include <string>

#include "base/text.hpp"
#include "features.hpp"
#include "io/decompress.hpp"

using namespace kmodpp;
using namespace std::string_view_literals;

TEST_CASE("decompress: unpacks the formats of the build and names a missing library") {
    struct Row {
        io::Compression compression;
        std::string_view packed;  ///< "kmodpp\n"
        bool enabled;
        std::string_view refusal;
    };
    const Row rows[] = {
        {io::Compression::gzip,
         "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\xce\xcd\x4f\x29\x28\xe0\x02"
         "\x00\x95\xa3\x8a\x94\x07\x00\x00\x00"sv,
         KMODPP_WITH_ZLIB, "gzip: kmodpp was built without zlib"},
        {io::Compression::xz,
         "\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00"
         "\x00\x00\x74\x2f\xe5\xa3\x01\x00\x06\x6b\x6d\x6f\x64\x70\x70\x0a\x00\x00"
         "\x05\xc8\xb8\x01\xb8\xbb\xfe\xf9\x00\x01\x1f\x07\x16\x2e\xb8\x73\x1f\xb6"
         "\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a"sv,
         KMODPP_WITH_XZ, "xz: kmodpp was built without xz"},
        {io::Compression::zstd,
         "\x28\xb5\x2f\xfd\x04\x58\x39\x00\x00\x6b\x6d\x6f\x64\x70\x70\x0a\xc1\xd3"
         "\x9c\xbd"sv,
         KMODPP_WITH_ZSTD, "zstd: kmodpp was built without zstd"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.refusal);
        const auto unpacked = io::decompress(row.compression, as_bytes(row.packed));
        REQUIRE(unpacked.has_value() == row.enabled);
        if (row.enabled) {
            CHECK(as_text(unpacked->bytes()) == "kmodpp\n");
        } else {
            CHECK(unpacked.error().kind == ErrorKind::unsupported);
            CHECK(unpacked.error().message == row.refusal);
        }
    }
}
