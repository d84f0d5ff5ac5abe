// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/packed_kernel.hpp"

#include <algorithm>
#include <array>

#include "io/decompressors.hpp"

namespace kmodpp::io {

namespace {

/// gzip's magic includes the method byte here, so that fewer places match by chance.
constexpr std::array<Unpacker, 4> kUnpackers = {{
    {"gzip", "\x1f\x8b\x08", unpack_gzip},
    kXz,
    kZstd,
    {"lz4", "\x02\x21\x4c\x18", unpack_lz4},
}};

const Unpacker* format_of(Bytes head) {
    return std::ranges::find_if(kUnpackers, [&](const Unpacker& format) {
        return as_text(head).starts_with(format.magic);
    });
}

Result<Buffer> unpack_kernel(Bytes packed, std::uint64_t limit, Extent extent) {
    const Unpacker* const format = format_of(packed);
    if (format == kUnpackers.end())
        return fail(ErrorKind::malformed, "unknown compression format");
    return unpack(*format, packed, limit, extent);
}

}  // namespace

bool is_packed_kernel(Bytes head) { return format_of(head) != kUnpackers.end(); }

std::vector<std::size_t> find_packed_kernels(Bytes bytes, std::size_t most) {
    const std::string_view text = as_text(bytes);
    std::vector<std::size_t> places;
    for (const Unpacker& format : kUnpackers) {
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
