// SPDX-License-Identifier: LGPL-2.1-or-later
// Compressed module files: recognised by their first bytes, never by their name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "io/buffer.hpp"

namespace kmodpp::io {

enum class Compression { none, gzip, xz, zstd };

/// The largest module that is unpacked: several times the largest that distributions
/// ship, with debug data. A stream that would grow beyond it is refused.
inline constexpr std::uint64_t kMaxModuleSize = 512u << 20;

/// Whatever its size, a stream may unpack to so much; a larger one to kMaxRatio times its
/// size. Of real modules only small ones, full of tables, shrink to less than a tenth;
/// what goes beyond is made to fill memory. So whoever wants to take 256 MiB has to hand
/// in a file of 15.
inline constexpr std::uint64_t kSmallModuleSize = 64u << 20;
inline constexpr std::uint64_t kMaxRatio = 16;

/// The most that a module file of so many bytes is unpacked to.
[[nodiscard]] std::uint64_t unpacked_limit(std::uint64_t packed_size);

/// By magic: 1f 8b (gzip), fd 37 7a 58 5a 00 (xz), 28 b5 2f fd (zstd).
[[nodiscard]] Compression detect_compression(Bytes head);

/// "gzip", "xz", "zstd": also what /sys/module/compression names. "none" otherwise.
[[nodiscard]] std::string_view to_string(Compression compression);

/// Unpacks a whole stream (several concatenated members or frames included) of at most
/// `limit` bytes. malformed: damaged, truncated, trailing bytes, or beyond the limit.
/// unsupported: the decompression library is not installed (the error names it).
/// Compression::none copies. Memory grows with what comes out, not with what a header
/// claims. Thread-safe.
[[nodiscard]] Result<Buffer> decompress(Compression compression, Bytes packed,
                                        std::uint64_t limit = kMaxModuleSize);

// Kernel images: they may be packed with LZ4 as well, in its legacy frame, which no
// module is, and may stand between other bytes.

/// Whether one of those begins here.
[[nodiscard]] bool is_packed_kernel(Bytes head);
/// Where they may begin, by their magic alone: the first places, so many at most.
[[nodiscard]] std::vector<std::size_t> find_packed_kernels(Bytes bytes, std::size_t most);
/// Unpacks one that is all of \p packed, or begins there. Errors as of decompress().
[[nodiscard]] Result<Buffer> unpack_kernel(Bytes packed, std::uint64_t limit);
[[nodiscard]] Result<Buffer> unpack_first(Bytes packed, std::uint64_t limit);

}  // namespace kmodpp::io
