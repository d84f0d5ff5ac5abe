// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/boot_image.hpp"

#include <algorithm>

#include "base/endian.hpp"
#include "base/text.hpp"

namespace kmodpp {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t kBzHeaderEnd = 0x250;
constexpr std::uint16_t kVersionWithPayload = 0x208;
constexpr std::size_t kZbootHeaderEnd = 0x10;
constexpr std::string_view kGzip = "\x1f\x8b"sv;

/// Magic numbers of kernel images without a header that gives the payload's offset:
/// packed or not, or self-extracting.
struct Form {
    std::size_t at;
    std::string_view magic;
};
constexpr Form kForms[] = {
    {0,
     "\x7f"
     "ELF"sv},
    {0, kGzip},
    {0,
     "\xfd"
     "7zXZ\0"sv},
    {0, "\x28\xb5\x2f\xfd"sv},
    {0, "\x02\x21\x4c\x18"sv},
    {0, "BZh"sv},
    {0, "\x5d\0\0"sv},
    {0, "\x89LZO"sv},
    {0x24, "\x18\x28\x6f\x01"sv},  // zImage of ARM, little-endian and big-endian
    {0x24, "\x01\x6f\x28\x18"sv},
    {0x38, "ARM\x64"sv},           // Image of arm64
    {0x38, "RSC\x05"sv},           // of RISC-V
    {0x38, "\xcd\x23\x82\x81"sv},  // of LoongArch
    {0x10008, "S390EP"sv}};

bool has_at(Bytes file, std::size_t at, std::string_view text) {
    return in_range(at, text.size(), file.size()) &&
           as_text(file.subspan(at, text.size())) == text;
}

bool is_bzimage(Bytes file) {
    return file.size() >= kBzHeaderEnd && has_at(file, 0x202, "HdrS") &&
           load<std::uint16_t>(file.data() + 0x206, std::endian::little) >=
               kVersionWithPayload;
}

bool is_zboot(Bytes file) {
    return file.size() >= kZbootHeaderEnd && has_at(file, 0, "MZ") &&
           has_at(file, 4, "zimg");
}

/// gzip stores the unpacked size in the stream; for other formats the build appends it.
Bytes without_size(Bytes payload) {
    if (as_text(payload).starts_with(kGzip) || payload.size() < 4) return payload;
    return payload.first(payload.size() - 4);
}

Result<Bytes> extract_payload(Bytes file, std::uint64_t offset, std::uint64_t size) {
    if (!in_range(offset, size, file.size()))
        return fail(ErrorKind::malformed, cat("its payload runs past the end: ",
                                              describe_range(offset, size, file.size())));
    return without_size(file.subspan(offset, size));
}

}  // namespace

Result<Bytes> boot_payload(Bytes image) {
    const auto u32 = [&](std::size_t at) {
        return std::uint64_t{load<std::uint32_t>(image.data() + at, std::endian::little)};
    };
    if (is_bzimage(image)) {
        const auto sectors = static_cast<std::uint64_t>(image[0x1f1]);
        const std::uint64_t setup = ((sectors == 0 ? 4 : sectors) + 1) * 512;
        return extract_payload(image, setup + u32(0x248), u32(0x24c));
    }
    if (is_zboot(image)) return extract_payload(image, u32(8), u32(12));
    return image;
}

bool is_boot_image(Bytes file) {
    return is_bzimage(file) || is_zboot(file) ||
           std::ranges::any_of(kForms, [&](const Form& form) {
               return has_at(file, form.at, form.magic);
           });
}

}  // namespace kmodpp
