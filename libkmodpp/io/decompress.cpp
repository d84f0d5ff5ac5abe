// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/decompress.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/text.hpp"
#include "io/decompressors.hpp"

namespace kmodpp::io {

namespace {

using namespace std::string_view_literals;

struct Format {
    Compression compression;
    std::string_view name;
    std::string_view magic;
    Result<Buffer> (*unpack)(Bytes, std::uint64_t, Extent);
};

constexpr std::array kFormats{
    Format{Compression::gzip, "gzip", "\x1f\x8b"sv, unpack_gzip},
    Format{Compression::xz, "xz", "\xfd\x37zXZ\0"sv, unpack_xz},
    Format{Compression::zstd, "zstd", "\x28\xb5\x2f\xfd"sv, unpack_zstd},
};
/// Formats of kernel images. gzip's magic includes the method byte here, so that fewer
/// places match by chance.
constexpr std::array kKernelFormats{
    Format{Compression::gzip, "gzip", "\x1f\x8b\x08"sv, unpack_gzip},
    kFormats[1],
    kFormats[2],
    Format{Compression::none, "lz4", "\x02\x21\x4c\x18"sv, unpack_lz4},
};

constexpr std::uint64_t kPlausibleRatio = 64;
constexpr std::uint64_t kPlausibleSize = 1u << 20;
constexpr std::uint64_t kMinGrowth = 64u << 10;

std::uint64_t limit_plus_one(std::uint64_t limit) {
    constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
    return limit == kMax ? kMax : limit + 1;
}

Error too_large(std::uint64_t limit) {
    return {ErrorKind::malformed, 0, cat("decompressed size exceeds ", limit, " bytes")};
}

Result<Buffer> copy(Bytes bytes, std::uint64_t limit) {
    if (bytes.size() > limit)
        return fail(ErrorKind::malformed, cat("larger than ", limit, " bytes"));
    Buffer out;
    TRY(out.reserve(bytes.size()));
    std::ranges::copy(bytes, out.spare().begin());
    out.extend(bytes.size());
    return out;
}

const Format* kernel_format(Bytes head) {
    return std::ranges::find_if(kKernelFormats, [&](const Format& format) {
        return as_text(head).starts_with(format.magic);
    });
}

Result<Buffer> unpack(const Format& format, Bytes packed, std::uint64_t limit,
                      Extent extent) {
    auto out = packed.empty() ? Result<Buffer>(fail(ErrorKind::malformed, "empty"))
                              : format.unpack(packed, limit, extent);
    if (!out) return std::unexpected(within(std::move(out).error(), format.name));
    return out;
}

Result<Buffer> unpack_kernel(Bytes packed, std::uint64_t limit, Extent extent) {
    const Format* const format = kernel_format(packed);
    if (format == kKernelFormats.end())
        return fail(ErrorKind::malformed, "unknown compression format");
    return unpack(*format, packed, limit, extent);
}

}  // namespace

std::uint64_t plausible_size(std::uint64_t claim, Bytes packed) {
    return std::min(claim, packed.size() * kPlausibleRatio + kPlausibleSize);
}

Status reserve_more(Buffer& out, std::uint64_t size, std::uint64_t limit) {
    const std::uint64_t most = limit_plus_one(limit);
    const std::uint64_t wanted = out.size() + std::min(size, most - out.size());
    if (wanted <= out.capacity()) return {};
    // The first allocation is exact, because headers state the size; later ones double
    // it.
    const std::uint64_t doubled =
        std::min<std::uint64_t>(most, std::uint64_t{out.capacity()} * 2);
    return out.reserve(std::max(wanted, doubled));
}

Status grow(Buffer& out, std::uint64_t limit) {
    if (out.capacity() >= limit_plus_one(limit)) return std::unexpected(too_large(limit));
    return reserve_more(out, std::max<std::uint64_t>(out.spare().size() + 1, kMinGrowth),
                        limit);
}

Status check_limit(const Buffer& out, std::uint64_t limit) {
    if (out.size() > limit) return std::unexpected(too_large(limit));
    return {};
}

std::uint64_t unpacked_limit(std::uint64_t packed_size) {
    const std::uint64_t plausible = std::min(packed_size, kMaxModuleSize) * kMaxRatio;
    return std::clamp(plausible, kSmallModuleSize, kMaxModuleSize);
}

Compression detect_compression(Bytes head) {
    for (const Format& format : kFormats)
        if (as_text(head).starts_with(format.magic)) return format.compression;
    return Compression::none;
}

std::string_view to_string(Compression compression) {
    for (const Format& format : kFormats)
        if (format.compression == compression) return format.name;
    return "none";
}

Result<Buffer> decompress(Compression compression, Bytes packed, std::uint64_t limit) {
    for (const Format& format : kFormats)
        if (format.compression == compression)
            return unpack(format, packed, limit, Extent::whole);
    return copy(packed, limit);
}

bool is_packed_kernel(Bytes head) { return kernel_format(head) != kKernelFormats.end(); }

std::vector<std::size_t> find_packed_kernels(Bytes bytes, std::size_t most) {
    const std::string_view text = as_text(bytes);
    std::vector<std::size_t> places;
    for (const Format& format : kKernelFormats) {
        std::size_t at = text.find(format.magic);
        for (std::size_t i = 0; i < most && at != std::string_view::npos; ++i) {
            places.push_back(at);
            at = text.find(format.magic, at + 1);
        }
    }
    std::ranges::sort(places);
    places.resize(std::min(places.size(), most));
    return places;
}

Result<Buffer> unpack_kernel(Bytes packed, std::uint64_t limit) {
    return unpack_kernel(packed, limit, Extent::whole);
}

Result<Buffer> unpack_first(Bytes packed, std::uint64_t limit) {
    return unpack_kernel(packed, limit, Extent::first_stream);
}

}  // namespace kmodpp::io
