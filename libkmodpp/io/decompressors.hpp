// SPDX-License-Identifier: LGPL-2.1-or-later
// Interface and helpers shared by the decompressors; private to io.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "io/buffer.hpp"

namespace kmodpp::io {

/// How much of the input must belong to the stream.
enum class Extent {
    whole,         ///< all of it: see decompress()
    first_stream,  ///< only its beginning: see unpack_first()
};

/// Each unpacks one format.
[[nodiscard]] Result<Buffer> unpack_gzip(Bytes packed, std::uint64_t limit,
                                         Extent extent = Extent::whole);
[[nodiscard]] Result<Buffer> unpack_xz(Bytes packed, std::uint64_t limit,
                                       Extent extent = Extent::whole);
[[nodiscard]] Result<Buffer> unpack_zstd(Bytes packed, std::uint64_t limit,
                                         Extent extent = Extent::whole);

/// Unpacks the legacy frame, which only kernel images use.
[[nodiscard]] Result<Buffer> unpack_lz4(Bytes packed, std::uint64_t limit,
                                        Extent extent = Extent::whole);

/// A format that is recognised by its first bytes.
struct Unpacker {
    std::string_view name;
    std::string_view magic;
    Result<Buffer> (*unpack)(Bytes, std::uint64_t, Extent);
};
inline constexpr Unpacker kXz = {"xz", std::string_view("\xfd\x37zXZ", 6), unpack_xz};
inline constexpr Unpacker kZstd = {"zstd", "\x28\xb5\x2f\xfd", unpack_zstd};

/// Unpacks with it. Errors begin with the name of the format; malformed if there is no
/// input.
[[nodiscard]] Result<Buffer> unpack(const Unpacker& unpacker, Bytes packed,
                                    std::uint64_t limit, Extent extent);

/// The two implementations of unpack_gzip, which uses the first library that is
/// installed.
[[nodiscard]] Result<Buffer> unpack_gzip_with_libdeflate(Bytes packed,
                                                         std::uint64_t limit,
                                                         Extent extent = Extent::whole);
[[nodiscard]] Result<Buffer> unpack_gzip_with_zlib(Bytes packed, std::uint64_t limit,
                                                   Extent extent = Extent::whole);

/// The size to allocate before any output exists: the size that a header claims,
/// limited to a plausible multiple of the packed size. Modules shrink to about a
/// quarter, not to a hundredth.
[[nodiscard]] std::uint64_t plausible_size(std::uint64_t claim, Bytes packed);

/// Reserves `size` more bytes, but in total at most one byte more than the limit: that
/// byte shows that a stream is too long.
[[nodiscard]] Status reserve_more(Buffer& out, std::uint64_t size, std::uint64_t limit);

/// Doubles the capacity. malformed if the output already exceeds the limit.
[[nodiscard]] Status grow(Buffer& out, std::uint64_t limit);

/// malformed if the output has more than `limit` bytes.
[[nodiscard]] Status check_limit(const Buffer& out, std::uint64_t limit);

}  // namespace kmodpp::io
