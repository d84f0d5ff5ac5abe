// SPDX-License-Identifier: LGPL-2.1-or-later
// Compressed bytes for tests, made by the libraries that also unpack them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "io/decompress.hpp"

namespace kmodpp::test {

/// The text as one stream; throws if the library is missing.
[[nodiscard]] std::string pack(io::Compression compression, std::string_view text);
/// A zstd frame without its size, as zstd writes it to a pipe.
/// \param window_log 0: the default
[[nodiscard]] std::string pack_zstd_piped(std::string_view text, int window_log = 0);
/// An xz stream with a given dictionary size in bytes.
[[nodiscard]] std::string pack_xz(std::string_view text, std::uint32_t dictionary);

/// The text as a legacy frame of LZ4, as the kernel build makes it.
[[nodiscard]] std::string pack_lz4(std::string_view text);

/// Bytes that compress about as well as modules; deterministic.
[[nodiscard]] std::string sample(std::size_t size);

}  // namespace kmodpp::test
