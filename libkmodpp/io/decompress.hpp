// SPDX-License-Identifier: LGPL-2.1-or-later
// Unpacks compressed module files, which are recognised by their first bytes, not by
// name.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"
#include "io/buffer.hpp"

namespace kmodpp::io {

enum class Compression { none, gzip, xz, zstd };

/// Limit of the unpacked size: several times the largest module that distributions
/// ship, including debug data. A stream that unpacks to more is refused.
inline constexpr std::uint64_t kMaxModuleSize = 512u << 20;

/// Any stream may unpack to kSmallModuleSize; beyond that, to kMaxRatio times its own
/// size. Among real modules, only small ones full of tables shrink to less than a
/// tenth. A file must have 15 MiB to make the tools use 256 MiB, its own bytes
/// included.
inline constexpr std::uint64_t kSmallModuleSize = 64u << 20;
inline constexpr std::uint64_t kMaxRatio = 16;

/// Limit of the unpacked size for a module file of `packed_size` bytes.
[[nodiscard]] std::uint64_t unpacked_limit(std::uint64_t packed_size);

/// Detects by magic: 1f 8b (gzip), fd 37 7a 58 5a 00 (xz), 28 b5 2f fd (zstd).
[[nodiscard]] Compression detect_compression(Bytes head);

/// "gzip", "xz" or "zstd", as in /sys/module/compression; otherwise "none".
[[nodiscard]] std::string_view to_string(Compression compression);

/// Unpacks a whole stream (including several concatenated members or frames) of at most
/// \p limit bytes. Compression::none copies. Memory use grows with the actual output,
/// not with the size that a header claims. Thread-safe.
/// \return malformed if the stream is damaged, truncated, followed by other bytes, or
/// beyond the limit; unsupported if the decompression library is not installed (the
/// error names it)
[[nodiscard]] Result<Buffer> decompress(Compression compression, Bytes packed,
                                        std::uint64_t limit = kMaxModuleSize);

}  // namespace kmodpp::io
