// SPDX-License-Identifier: LGPL-2.1-or-later
#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "base/text.hpp"
#include "io/decompress.hpp"
#include "io/decompressors.hpp"
#include "io/packed_kernel.hpp"
#include "support/packers.hpp"

using namespace kmodpp;
using io::Compression;

namespace {

struct Unpacker {
    const char* name;
    Compression compression;
    Result<io::Buffer> (*unpack_extent)(Bytes, std::uint64_t, io::Extent);

    [[nodiscard]] Result<io::Buffer> unpack(Bytes packed, std::uint64_t limit,
                                            io::Extent extent = io::Extent::whole) const {
        return unpack_extent(packed, limit, extent);
    }
};

/// Both libraries for gzip, so that the fallback is always tested.
const Unpacker kUnpackers[] = {
    {"gzip (libdeflate)", Compression::gzip, io::unpack_gzip_with_libdeflate},
    {"gzip (zlib)", Compression::gzip, io::unpack_gzip_with_zlib},
    {"xz", Compression::xz, io::unpack_xz},
    {"zstd", Compression::zstd, io::unpack_zstd},
};

const Compression kCompressions[] = {Compression::gzip, Compression::xz,
                                     Compression::zstd};

std::string unpacked(const Unpacker& unpacker, std::string_view packed,
                     std::uint64_t limit = io::kMaxModuleSize) {
    const auto out = unpacker.unpack(as_bytes(packed), limit);
    REQUIRE_MESSAGE(out, out.error().message);
    return std::string(as_text(out->bytes()));
}

Error refused(const Unpacker& unpacker, std::string_view packed,
              std::uint64_t limit = io::kMaxModuleSize) {
    const auto out = unpacker.unpack(as_bytes(packed), limit);
    REQUIRE_FALSE(out);
    return out.error();
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("detect_compression: detects the formats by their first bytes") {
    using namespace std::string_view_literals;
    const struct {
        std::string_view head;
        Compression expected;
        std::string_view name;
    } cases[] = {
        {"\x1f\x8b\x08"sv, Compression::gzip, "gzip"},
        {"\xfd\x37zXZ\0\0"sv, Compression::xz, "xz"},
        {"\x28\xb5\x2f\xfd"sv, Compression::zstd, "zstd"},
        {"\x7f"
         "ELF"sv,
         Compression::none, "none"},
        {"\xfd\x37zXZ"sv, Compression::none, "none"},
        {"\x28\xb5\x2f"sv, Compression::none, "none"},
        {"\x1f"sv, Compression::none, "none"},
        {""sv, Compression::none, "none"},
    };
    for (const auto& item : cases) {
        CHECK(io::detect_compression(as_bytes(item.head)) == item.expected);
        CHECK(io::to_string(item.expected) == item.name);
    }
}

TEST_CASE("decompress: restores contents of any size") {
    for (const Unpacker& unpacker : kUnpackers) {
        CAPTURE(std::string(unpacker.name));
        for (const std::size_t size : {0u, 1u, 100u, 4096u, 65'536u, 3'000'000u}) {
            const std::string text = test::sample(size);
            CHECK(unpacked(unpacker, test::pack(unpacker.compression, text)) == text);
        }
    }
}

TEST_CASE("decompress: joins several streams into one file") {
    const std::string first = test::sample(300'000);
    const std::string second = "and then\n";
    for (const Unpacker& unpacker : kUnpackers) {
        CAPTURE(std::string(unpacker.name));
        const auto pack = [&](std::string_view text) {
            return test::pack(unpacker.compression, text);
        };
        CHECK(unpacked(unpacker, pack(first) + pack(second)) == first + second);
        CHECK(unpacked(unpacker, pack(second) + pack("") + pack(first)) ==
              second + first);

        std::string many;
        std::string expected;
        for (int i = 0; i < 500; ++i) {
            many += pack(second);
            expected += second;
        }
        CHECK(unpacked(unpacker, many) == expected);
    }
}

TEST_CASE("decompress: every truncation is an error that names the format") {
    for (const Compression compression : kCompressions) {
        const std::string packed = test::pack(compression, test::sample(700));
        for (std::size_t size = 0; size < packed.size(); ++size) {
            CAPTURE(size);
            const auto out = io::decompress(compression, as_bytes(packed).first(size));
            REQUIRE_FALSE(out);
            CHECK(out.error().kind == ErrorKind::malformed);
            CHECK(out.error().message.starts_with(cat(io::to_string(compression), ": ")));
        }
    }
    for (const Unpacker& unpacker : kUnpackers) {
        CAPTURE(std::string(unpacker.name));
        const std::string packed = test::pack(unpacker.compression, test::sample(700));
        for (std::size_t size = 1; size < packed.size(); ++size)
            CHECK(
                contains(refused(unpacker, packed.substr(0, size)).message, "truncated"));
        for (std::size_t size = 1; size < packed.size(); ++size)
            CHECK_FALSE(unpacker.unpack(as_bytes(packed + packed.substr(0, size)),
                                        io::kMaxModuleSize));
    }
}

TEST_CASE(
    "decompress: unpacks a zstd frame without a size, and refuses its truncations") {
    const Unpacker& zstd = kUnpackers[3];
    const std::string text = test::sample(400'000);
    CHECK(unpacked(zstd, test::pack_zstd_piped(text)) == text);
    CHECK(unpacked(zstd, test::pack_zstd_piped(text) + test::pack_zstd_piped("")) ==
          text);

    const std::string packed = test::pack_zstd_piped(test::sample(700));
    for (std::size_t size = 1; size < packed.size(); ++size)
        CHECK(contains(refused(zstd, packed.substr(0, size)).message, "truncated"));
    CHECK(unpacked(zstd, packed) == test::sample(700));
}

TEST_CASE("decompress: any flipped byte is refused or harmless") {
    for (const Unpacker& unpacker : kUnpackers) {
        CAPTURE(std::string(unpacker.name));
        const std::string text = test::sample(700);
        const std::string packed = test::pack(unpacker.compression, text);
        for (std::size_t at = 0; at < packed.size(); ++at) {
            std::string damaged = packed;
            damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
            const auto out = unpacker.unpack(as_bytes(damaged), 1u << 20);
            if (out)
                CHECK(out->size() <= (1u << 20));
            else
                CHECK_FALSE(out.error().message.empty());
        }
    }
}

TEST_CASE("decompress: refuses bytes after the end of a stream") {
    for (const Unpacker& unpacker : kUnpackers) {
        CAPTURE(std::string(unpacker.name));
        const std::string packed = test::pack(unpacker.compression, test::sample(5000));
        for (const std::string tail : {"x", "garbage", "~Module signature appended~\n"}) {
            const Error error = refused(unpacker, packed + tail);
            CHECK(error.kind == ErrorKind::malformed);
        }
    }
    CHECK(contains(
        refused(kUnpackers[0], test::pack(Compression::gzip, "a") + "bc").message,
        "are not a gzip member"));
    CHECK(contains(
        refused(kUnpackers[3], test::pack(Compression::zstd, "a") + "bcdefgh").message,
        "not a zstd frame"));
}

TEST_CASE("decompress: accepts the padding that each format allows, and no other") {
    const std::string text = test::sample(5000);
    const struct {
        int unpacker;
        std::size_t zeros;
        bool allowed;
    } cases[] = {
        {0, 1, true},  {0, 511, true}, {1, 1, true},  {1, 511, true}, {2, 4, true},
        {2, 64, true}, {2, 3, false},  {2, 5, false}, {3, 4, false},
    };
    for (const auto& item : cases) {
        const Unpacker& unpacker = kUnpackers[item.unpacker];
        CAPTURE(std::string(unpacker.name));
        CAPTURE(item.zeros);
        const std::string packed =
            test::pack(unpacker.compression, text) + std::string(item.zeros, '\0');
        CHECK(unpacker.unpack(as_bytes(packed), io::kMaxModuleSize).has_value() ==
              item.allowed);
    }
    CHECK_FALSE(io::decompress(Compression::gzip, as_bytes(std::string(64, '\0'))));
}

TEST_CASE("decompress: accepts a result of the maximum size and refuses a larger one") {
    const std::string zeros(4u << 20, '\0');
    for (const Unpacker& unpacker : kUnpackers) {
        CAPTURE(std::string(unpacker.name));
        const std::string bomb = test::pack(unpacker.compression, zeros);
        for (const std::uint64_t limit :
             {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{65'536},
              std::uint64_t{zeros.size() - 1}}) {
            const Error error = refused(unpacker, bomb, limit);
            CHECK(error.kind == ErrorKind::malformed);
            CHECK(contains(error.message, cat("exceeds ", limit, " bytes")));
        }
        CHECK(unpacked(unpacker, bomb, zeros.size()) == zeros);
        CHECK(unpacked(unpacker, bomb, UINT64_MAX) == zeros);

        const std::string half = test::pack(unpacker.compression, zeros.substr(2u << 20));
        CHECK(unpacked(unpacker, half + half, zeros.size()) == zeros);
        CHECK(contains(refused(unpacker, half + half, zeros.size() - 1).message,
                       "exceeds"));
    }
    CHECK(contains(
        refused(kUnpackers[3], test::pack_zstd_piped(zeros), zeros.size() - 1).message,
        "exceeds"));
}

TEST_CASE("decompress: reserves no memory for a size that is only claimed") {
    // A zstd frame header that claims 64 MiB, followed by one empty block.
    std::string zstd("\x28\xb5\x2f\xfd\xa0\x00\x00\x00\x04\x01\x00\x00", 12);
    const auto out = io::decompress(Compression::zstd, as_bytes(zstd));
    REQUIRE_FALSE(out);
    CHECK(out.error().kind == ErrorKind::malformed);
    CHECK(out.error().message ==
          "zstd: damaged: a frame has 0 bytes instead of 67108864");
    CHECK(io::plausible_size(64u << 20, as_bytes(zstd)) < 2u << 20);

    std::string gzip = test::pack(Compression::gzip, "small");
    gzip.replace(gzip.size() - 4, 4, "\xff\xff\xff\x7f");
    CHECK_FALSE(io::decompress(Compression::gzip, as_bytes(gzip)));
}

TEST_CASE("decompress: refuses streams that need too much memory and reports how much") {
    const std::string text = test::sample(1000);
    const Error xz = refused(kUnpackers[2], test::pack_xz(text, 256u << 20));
    CHECK(xz.kind == ErrorKind::unsupported);
    CHECK(contains(xz.message, "MiB of memory to decompress, more than the 128 allowed"));
    CHECK(unpacked(kUnpackers[2], test::pack_xz(text, 64u << 20)) == text);

    const Error zstd = refused(kUnpackers[3], test::pack_zstd_piped(text, 28));
    CHECK(zstd.kind == ErrorKind::unsupported);
    CHECK(contains(zstd.message, "window of more than 128 MiB"));
    CHECK(unpacked(kUnpackers[3], test::pack_zstd_piped(text, 27)) == text);
}

TEST_CASE("decompress: refuses an empty stream and copies uncompressed data") {
    for (const Compression compression : kCompressions) {
        const auto out = io::decompress(compression, {});
        REQUIRE_FALSE(out);
        CHECK(out.error().kind == ErrorKind::malformed);
        CHECK(out.error().message == cat(io::to_string(compression), ": empty"));
    }
    const auto copy = io::decompress(Compression::none, as_bytes("text"), 4);
    REQUIRE(copy);
    CHECK(as_text(copy->bytes()) == "text");
    CHECK_FALSE(io::decompress(Compression::none, as_bytes("text"), 3));
}

TEST_CASE(
    "decompress: a decoder can be used again after a failure, and in every thread") {
    const std::string text = test::sample(200'000);
    const auto work = [&](int& good) {
        for (int round = 0; round < 5; ++round)
            for (const Unpacker& unpacker : kUnpackers) {
                const std::string packed = test::pack(unpacker.compression, text);
                const auto bad = unpacker.unpack(
                    as_bytes(packed).first(packed.size() / 2), io::kMaxModuleSize);
                const auto out = unpacker.unpack(as_bytes(packed), io::kMaxModuleSize);
                good += !bad && out && as_text(out->bytes()) == text;
            }
    };
    std::vector<int> good(4);
    {
        std::vector<std::jthread> threads;
        for (int& count : good) threads.emplace_back(work, std::ref(count));
    }
    for (const int count : good) CHECK(count == 20);
}

TEST_CASE("unpack_first: ignores bytes after the stream; unpack_kernel refuses them") {
    const std::string text = test::sample(100'000);
    for (const Unpacker& unpacker : kUnpackers) {
        CAPTURE(unpacker.name);
        const std::string packed = test::pack(unpacker.compression, text);
        for (const std::string& trailing :
             {std::string(), std::string("trailing"), std::string(3, '\0'), packed}) {
            const auto out = unpacker.unpack(as_bytes(packed + trailing), 1u << 20,
                                             io::Extent::first_stream);
            REQUIRE_MESSAGE(out, out.error().message);
            CHECK(as_text(out->bytes()) == text);
        }
        CHECK_FALSE(unpacker.unpack(as_bytes(packed), 99'999, io::Extent::first_stream));
        CHECK_FALSE(unpacker.unpack(as_bytes(packed.substr(0, packed.size() / 2)),
                                    1u << 20, io::Extent::first_stream));
        CHECK(io::is_packed_kernel(as_bytes(packed)));
        const auto places = io::find_packed_kernels(as_bytes("code" + packed), 2);
        REQUIRE_FALSE(places.empty());
        CHECK(places.front() == 4);
        CHECK((places.size() == 1 || places.back() > 4));
        const std::string three = packed + packed + packed;
        CHECK(io::find_packed_kernels(as_bytes(three), 2).size() == 2);
        CHECK_FALSE(io::unpack_kernel(as_bytes(packed + "trailing"), 1u << 20));
    }
    const std::string packed = test::pack_lz4(text);
    CHECK(io::unpack_first(as_bytes(packed + "trailing"), 1u << 20)->size() == 100'000);
    CHECK_FALSE(io::unpack_kernel(as_bytes(packed + "trailing"), 1u << 20));
    CHECK(io::find_packed_kernels(as_bytes("nothing"), 2).empty());
    CHECK_FALSE(io::unpack_first(as_bytes("nothing"), 1u << 20));
}
