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

struct Format {
    Compression compression;
    Unpacker unpacker;
};

constexpr std::array kFormats{
    Format{Compression::gzip, {"gzip", "\x1f\x8b", unpack_gzip}},
    Format{Compression::xz, kXz},
    Format{Compression::zstd, kZstd},
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

}  // namespace

Result<Buffer> unpack(const Unpacker& unpacker, Bytes packed, std::uint64_t limit,
                      Extent extent) {
    auto out = packed.empty() ? Result<Buffer>(fail(ErrorKind::malformed, "empty"))
                              : unpacker.unpack(packed, limit, extent);
    if (!out) return std::unexpected(within(std::move(out).error(), unpacker.name));
    return out;
}

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
        if (as_text(head).starts_with(format.unpacker.magic)) return format.compression;
    return Compression::none;
}

std::string_view to_string(Compression compression) {
    for (const Format& format : kFormats)
        if (format.compression == compression) return format.unpacker.name;
    return "none";
}

Result<Buffer> decompress(Compression compression, Bytes packed, std::uint64_t limit) {
    for (const Format& format : kFormats)
        if (format.compression == compression)
            return unpack(format.unpacker, packed, limit, Extent::whole);
    return copy(packed, limit);
}

}  // namespace kmodpp::io
