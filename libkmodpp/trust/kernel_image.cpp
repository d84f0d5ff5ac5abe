// SPDX-License-Identifier: LGPL-2.1-or-later
#include "trust/kernel_image.hpp"

#include "base/text.hpp"
#include "format/boot_image.hpp"
#include "io/decompress.hpp"

namespace kmodpp::trust {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kLz4Magic = "\x02\x21\x4c\x18"sv;

struct Foreign {
    std::string_view magic;
    std::string_view name;
};
constexpr Foreign kForeign[] = {
    {"BZh"sv, "bzip2"}, {"\x5d\0\0"sv, "lzma"}, {"\x89LZO"sv, "lzo"}};

Result<io::Buffer> unpack(Bytes payload) {
    const std::string_view head = as_text(payload);
    for (const Foreign& known : kForeign)
        if (head.starts_with(known.magic))
            return fail(ErrorKind::unsupported,
                        cat("packed with ", known.name,
                            ", which is not read here; unpack it before"));
    if (head.starts_with(kLz4Magic)) return io::unpack_lz4(payload, io::kMaxModuleSize);
    return io::decompress(io::detect_compression(payload), payload, io::kMaxModuleSize);
}

}  // namespace

Result<KernelImage> read_kernel_image(Bytes file) {
    TRY_ASSIGN(const Bytes payload, boot_payload(file));
    KernelImage out;
    TRY_ASSIGN(out.unpacked, unpack(payload));
    out.builtin = find_builtin_certificates(out.unpacked.bytes());
    if (out.builtin.trusted.empty())
        return fail(ErrorKind::not_found, "no list of certificates in it");
    return out;
}

}  // namespace kmodpp::trust
