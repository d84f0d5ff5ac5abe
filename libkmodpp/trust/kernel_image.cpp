// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/kernel_image.hpp"

#include "base/text.hpp"
#include "format/boot_image.hpp"
#include "io/decompress.hpp"
#include "io/packed_kernel.hpp"

namespace kmodpp::trust {

namespace {

using namespace std::string_view_literals;

/// Limit on the number of candidates for the packed kernel: the unpacking code contains
/// the magic numbers as well, and a crafted file may contain any number of them.
constexpr std::size_t kMaxAttempts = 8;

struct UnsupportedFormat {
    std::string_view magic;
    std::string_view name;
};
constexpr UnsupportedFormat kUnsupportedFormats[] = {
    {"BZh"sv, "bzip2"}, {"\x5d\0\0"sv, "lzma"}, {"\x89LZO"sv, "lzo"}};

Status check_supported(Bytes payload) {
    for (const UnsupportedFormat& known : kUnsupportedFormats)
        if (as_text(payload).starts_with(known.magic))
            return fail(ErrorKind::unsupported,
                        cat("compressed with ", known.name,
                            ", which is not supported; decompress it first"));
    return {};
}

/// Searches a self-extracting kernel, whose payload may start at any offset.
void search_inside(Bytes image, KernelImage& out) {
    std::uint64_t left = io::kMaxModuleSize;
    for (const std::size_t at : io::find_packed_kernels(image, kMaxAttempts)) {
        auto unpacked = io::unpack_first(image.subspan(at), left);
        if (!unpacked) continue;
        left -= unpacked->size();
        out.builtin = find_builtin_certificates(unpacked->bytes());
        if (out.builtin.trusted.empty()) continue;
        out.unpacked = *std::move(unpacked);
        return;
    }
}

}  // namespace

Result<KernelImage> read_kernel_image(Bytes file) {
    TRY_ASSIGN(const Bytes payload, boot_payload(file));
    TRY(check_supported(payload));
    KernelImage out;
    if (io::is_packed_kernel(payload)) {
        TRY_ASSIGN(out.unpacked, io::unpack_kernel(payload, io::kMaxModuleSize));
        out.builtin = find_builtin_certificates(out.unpacked.bytes());
    } else {
        out.builtin = find_builtin_certificates(payload);
        if (out.builtin.trusted.empty()) search_inside(payload, out);
    }
    if (out.builtin.trusted.empty())
        return fail(ErrorKind::not_found, "it contains no list of certificates");
    return out;
}

}  // namespace kmodpp::trust
