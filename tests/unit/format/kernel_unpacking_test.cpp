// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/kernel_unpacking.hpp.
#include "format/kernel_unpacking.hpp"

#include <doctest/doctest.h>
#include <elf.h>

#include <string>

#include "support/exact_copy.hpp"

using namespace kmodpp;
using namespace std::string_literals;

namespace {

std::string obstacle(std::string_view stream, XzFilters filters = 0) {
    const test::ExactCopy copy(stream);
    return std::string(kernel_unpack_obstacle(copy.bytes(), filters));
}

/// The start of an xz stream: stream header with the given check, and the first block
/// header without its CRC.
std::string xz(char check, std::string block) {
    while (block.size() % 4 != 3) block += '\0';
    return "\xfd\x37zXZ\0"s + '\0' + check + "CRC_"s +
           static_cast<char>((block.size() + 5) / 4 - 1) + block + "CRC_"s;
}

const std::string kLzma2 = "\x21\x01\x16"s;
std::string filtered(char id) { return "\x01"s + id + "\0"s + kLzma2; }

std::string zstd(std::string_view header) {
    return "\x28\xb5\x2f\xfd"s + std::string(header) + "contents";
}
std::string gzip(char flags) { return "\x1f\x8b\x08"s + flags + "contents"; }

}  // namespace

TEST_CASE(
    "kernel_unpack_obstacle: names the xz features that the kernel's decoder lacks") {
    const XzFilters x86 = xz_filters_of(EM_X86_64);
    const struct {
        std::string_view name;
        std::string stream;
        std::string_view expected;
    } cases[] = {
        {"no check", xz(0, "\0"s + kLzma2), ""},
        {"CRC32", xz(1, "\0"s + kLzma2), ""},
        {"CRC64", xz(4, "\0"s + kLzma2),
         "its check is CRC64; the kernel only supports CRC32"},
        {"SHA-256", xz(10, "\0"s + kLzma2),
         "its check is SHA-256; the kernel only supports CRC32"},
        {"another check", xz(2, "\0"s + kLzma2), "its check is unknown to the kernel"},
        {"sizes in the block header", xz(1, "\xc0\x85\x01\x21"s + kLzma2), ""},
        {"the filter of this machine", xz(1, filtered(4)), ""},
        {"the filter of another machine", xz(1, filtered(7)),
         "it uses a filter that the kernel lacks"},
        {"delta", xz(1, "\x01\x03\x01\0"s + kLzma2),
         "it uses a filter that the kernel lacks"},
        {"delta alone", xz(1, "\0\x03\x01\0"s), "it uses a filter that the kernel lacks"},
        {"a start offset", xz(1, "\x01\x04\x04\0\0\0\0"s + kLzma2),
         "its filter has a start offset"},
        {"three filters", xz(1, "\x02\x04\0\x03\x01\0"s + kLzma2),
         "it has more filters than the kernel supports"},
        {"unknown flags", xz(1, "\x04"s + kLzma2), "its block header has unknown flags"},
        {"a dictionary of 3 GiB", xz(1, "\0\x21\x01\x27"s), ""},
        {"a dictionary of 4 GiB", xz(1, "\0\x21\x01\x28"s),
         "its dictionary is larger than 3 GiB"},
        {"no block", "\xfd\x37zXZ\0\0\1CRC_\0"s, ""},
        {"another version", "\xfd\x37zXZ\0\1\1CRC_\0"s, "its stream flags are unknown"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(obstacle(c.stream, x86) == c.expected);
    }
    CHECK(obstacle(xz(1, filtered(4)), 0) == "it uses a filter that the kernel lacks");
}

TEST_CASE(
    "kernel_unpack_obstacle: names the zstd features that the kernel's decoder lacks") {
    constexpr std::string_view kTooWide =
        "its window is larger than the 128 MiB that the kernel supports";
    const struct {
        std::string_view name;
        std::string stream;
        std::string_view expected;
    } cases[] = {
        {"a window of 8 MiB", zstd("\0\x68"s), ""},
        {"a window of 128 MiB", zstd("\0\x88"s), ""},
        {"a window of 144 MiB", zstd("\0\x89"s), kTooWide},
        {"the largest window", zstd("\0\xff"s), kTooWide},
        {"one segment of 33 bytes", zstd("\x24\x21"s), ""},
        {"one segment of two bytes' size", zstd("\x60\xff\xff"s), ""},
        {"one segment of 128 MiB", zstd("\xa0\0\0\0\x08"s), ""},
        {"one segment of more", zstd("\xa0\1\0\0\x08"s), kTooWide},
        {"one segment of eight bytes' size", zstd("\xe0\0\0\0\0\1\0\0\0"s), kTooWide},
        {"no dictionary", zstd("\1\x68\0"s), ""},
        {"a dictionary", zstd("\1\x68\x05"s), "it needs a dictionary"},
        {"unknown flags", zstd("\x08\x68"s), "its frame header has unknown flags"},
    };
    for (const auto& c : cases) {
        CAPTURE(c.name);
        CHECK(obstacle(c.stream) == c.expected);
    }
}

TEST_CASE(
    "kernel_unpack_obstacle: the kernel skips no gzip header field except the name") {
    constexpr std::string_view kFields =
        "its header has fields that the kernel does not skip";
    CHECK(obstacle(gzip(0)).empty());
    CHECK(obstacle(gzip(1)).empty());
    CHECK(obstacle(gzip(8)).empty());
    for (const char flags : {'\2', '\4', '\x10', '\x1e'})
        CHECK(obstacle(gzip(flags)) == kFields);
    CHECK(obstacle("\x1f\x8b\x07\0"s) == "its method is not deflate");
}

TEST_CASE("kernel_unpack_obstacle: reports a truncated header") {
    for (const std::string& stream :
         {xz(1, "\xc0\x85\x01\x21"s + kLzma2), xz(1, filtered(4)),
          zstd("\xe3\1\0\0\0\0"s), zstd("\0\x68"s), gzip(0)})
        for (std::size_t size = 0; size < stream.size(); ++size)
            static_cast<void>(obstacle(stream.substr(0, size), ~XzFilters{0}));
    CHECK(obstacle("\xfd\x37zXZ\0\0"s) == "its header is truncated");
    CHECK(obstacle("\xfd\x37zXZ\0\0\1CRC_\xff"s) == "its header is truncated");
    CHECK(obstacle("\x28\xb5\x2f\xfd"s) == "its header is truncated");
    CHECK(obstacle("\x1f\x8b\x08"s) == "its header is truncated");
    CHECK(obstacle("") == "it is not a gzip, xz or zstd stream");
    // A block size without a last byte.
    CHECK(obstacle(xz(1, "\x40" + std::string(30, '\xff'))) == "its header is truncated");
}

TEST_CASE(
    "read_kernel_unpacking: reads formats and filters from a kernel configuration") {
    const auto xz13 = read_kernel_unpacking(
        "CONFIG_MODULE_COMPRESS=y\n# CONFIG_MODULE_COMPRESS_GZIP is not set\n"
        "CONFIG_MODULE_COMPRESS_XZ=y\r\nCONFIG_MODULE_DECOMPRESS=y\n"
        "CONFIG_XZ_DEC_X86=y\n# CONFIG_XZ_DEC_POWERPC is not set\nCONFIG_XZ_DEC_ARM64=y");
    CHECK(xz13.compression == "xz");
    CHECK(xz13.filters == ((1U << 4) | (1U << 10)));
    CHECK(read_kernel_unpacking(
              "CONFIG_MODULE_DECOMPRESS=y\nCONFIG_MODULE_COMPRESS_ZSTD=y\n")
              .compression == "zstd");
    CHECK(read_kernel_unpacking("CONFIG_MODULE_COMPRESS_XZ=y\n").compression.empty());
    CHECK(read_kernel_unpacking("CONFIG_MODULE_COMPRESS_XZ=y\n"
                                "# CONFIG_MODULE_DECOMPRESS is not set\n")
              .compression.empty());
    CHECK(read_kernel_unpacking("").compression.empty());
}

TEST_CASE("is_unpack_failure: recognises the kernel messages about a refused stream") {
    for (const std::string_view line :
         {"module: decompression failed with status 6",
          "module: ZSTD-decompression failed with status 14",
          "module: ZSTD-compressed data has an incomplete frame header",
          "module: not an xz compressed module",
          "module: not a gzip compressed module"}) {
        CAPTURE(line);
        CHECK(is_unpack_failure(line));
    }
    CHECK_FALSE(is_unpack_failure("x: Unknown symbol y (err -2)"));
}
