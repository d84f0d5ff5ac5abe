// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of format/boot_image.hpp.
#include "format/boot_image.hpp"

#include <doctest/doctest.h>

#include <string>

#include "support/exact_copy.hpp"
#include "support/kernel_image.hpp"

using namespace kmodpp;
using namespace std::string_view_literals;

namespace {

constexpr std::string_view kXz =
    "\xfd"
    "7zXZ\0packed"sv;
constexpr std::string_view kGzip = "\x1f\x8bpacked"sv;

std::string payload_of(std::string_view image) {
    const test::ExactCopy copy(image);
    const auto payload = boot_payload(copy.bytes());
    REQUIRE_MESSAGE(payload, payload.error().message);
    return std::string(as_text(*payload));
}

}  // namespace

TEST_CASE("boot_payload: returns the payload without the appended size") {
    CHECK(payload_of(test::bzimage_of(kXz)) == kXz);
    CHECK(payload_of(test::bzimage_of(kGzip)) == kGzip);
    CHECK(payload_of(test::zboot_of(kXz)) == kXz);
    CHECK(payload_of(test::zboot_of(kGzip)) == kGzip);
    CHECK(payload_of(kXz) == kXz);
    CHECK(payload_of("") == "");
    // Setup sectors of 0 mean 4.
    std::string four = test::bzimage_of(kXz).insert(0x400, 512, '\0');
    four[0x1f1] = 0;
    CHECK(payload_of(four) == kXz);
    // Older headers do not have these fields.
    std::string old = test::bzimage_of(kXz);
    old.replace(0x206, 2, "\x07\x02");
    CHECK(payload_of(old) == old);
}

TEST_CASE("boot_payload: refuses a payload outside the file") {
    const auto error_of = [](std::string image, std::size_t at) {
        image.replace(at, 4, "\xff\xff\xff\xff");
        const test::ExactCopy copy(image);
        return boot_payload(copy.bytes()).error();
    };
    for (const auto& error :
         {error_of(test::bzimage_of(kXz), 0x248), error_of(test::bzimage_of(kXz), 0x24c),
          error_of(test::zboot_of(kXz), 8), error_of(test::zboot_of(kXz), 12)}) {
        CHECK(error.kind == ErrorKind::malformed);
        CHECK(error.message.starts_with("its payload runs past the end: offset 0x"));
    }
    for (std::size_t size = 0; size < 0x260; ++size) {
        const test::ExactCopy copy(
            std::string_view(test::bzimage_of(kXz)).substr(0, size));
        const auto payload = boot_payload(copy.bytes());
        CHECK(payload.has_value() == (size < 0x250));
    }
}

TEST_CASE("is_boot_image: recognises every form by its first bytes") {
    for (const std::string_view image :
         {"\x7f"
          "ELF"sv,
          kXz, kGzip, "\x28\xb5\x2f\xfdzstd"sv, "\x02\x21\x4c\x18lz4"sv})
        CHECK(is_boot_image(as_bytes(image)));
    CHECK(is_boot_image(as_bytes(test::bzimage_of(kXz))));
    CHECK(is_boot_image(as_bytes(test::zboot_of(kXz))));
    const struct {
        std::size_t at;
        std::string_view magic;
    } others[] = {{0x24, "\x18\x28\x6f\x01"sv}, {0x24, "\x01\x6f\x28\x18"sv},
                  {0x38, "ARM\x64"sv},          {0x38, "RSC\x05"sv},
                  {0x38, "\xcd\x23\x82\x81"sv}, {0x10008, "S390EP"sv}};
    for (const auto& [at, magic] : others) {
        CAPTURE(at);
        std::string image(at, '\0');
        image += magic;
        CHECK(is_boot_image(as_bytes(image)));
        image.pop_back();
        CHECK_FALSE(is_boot_image(as_bytes(image)));
    }
    for (const std::string_view other : {""sv, "MZ"sv, "\x30\x82"sv, "-----BEGIN"sv})
        CHECK_FALSE(is_boot_image(as_bytes(other)));
}
