// SPDX-License-Identifier: LGPL-2.1-or-later
// What the decompressors of the single formats share; private to io.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "io/buffer.hpp"

namespace kmodpp::io {

/// How much of what is handed in has to be of the format.
enum class Extent {
    whole,         ///< all: see decompress()
    first_stream,  ///< what begins there: see unpack_first()
};

/// Each unpacks its format.
[[nodiscard]] Result<Buffer> unpack_gzip(Bytes packed, std::uint64_t limit,
                                         Extent extent = Extent::whole);
[[nodiscard]] Result<Buffer> unpack_xz(Bytes packed, std::uint64_t limit,
                                       Extent extent = Extent::whole);
[[nodiscard]] Result<Buffer> unpack_zstd(Bytes packed, std::uint64_t limit,
                                         Extent extent = Extent::whole);

/// The legacy frame.
[[nodiscard]] Result<Buffer> unpack_lz4(Bytes packed, std::uint64_t limit,
                                        Extent extent = Extent::whole);

/// The two libraries behind unpack_gzip, which takes the first one that is installed.
[[nodiscard]] Result<Buffer> unpack_gzip_with_libdeflate(Bytes packed,
                                                         std::uint64_t limit,
                                                         Extent extent = Extent::whole);
[[nodiscard]] Result<Buffer> unpack_gzip_with_zlib(Bytes packed, std::uint64_t limit,
                                                   Extent extent = Extent::whole);

/// A size that a header claims, as far as it deserves memory before anything came out:
/// modules shrink to a quarter or so, not to a hundredth.
[[nodiscard]] std::uint64_t plausible_size(std::uint64_t claim, Bytes packed);

/// Room for `size` more bytes, but for no more than one byte beyond the limit in all;
/// that one byte is how a stream shows that it is too long.
[[nodiscard]] Status make_room(Buffer& out, std::uint64_t size, std::uint64_t limit);

/// Doubles the room. malformed when it holds more than the limit already.
[[nodiscard]] Status grow(Buffer& out, std::uint64_t limit);

/// malformed when more than `limit` bytes came out.
[[nodiscard]] Status check_limit(const Buffer& out, std::uint64_t limit);

}  // namespace kmodpp::io
