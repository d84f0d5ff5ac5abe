// SPDX-License-Identifier: LGPL-2.1-or-later
// Unpacks kernel images. They may also be packed with LZ4 in its legacy frame, which
// modules never use, and may be surrounded by other bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "io/buffer.hpp"

namespace kmodpp::io {

/// True if \p head is the beginning of a packed kernel.
[[nodiscard]] bool is_packed_kernel(Bytes head);
/// The first \p most offsets at which a magic number is found, in ascending order.
[[nodiscard]] std::vector<std::size_t> find_packed_kernels(Bytes bytes, std::size_t most);
/// Unpack a kernel. unpack_first() allows other bytes to follow it. Errors as for
/// decompress().
[[nodiscard]] Result<Buffer> unpack_kernel(Bytes packed, std::uint64_t limit);
[[nodiscard]] Result<Buffer> unpack_first(Bytes packed, std::uint64_t limit);

}  // namespace kmodpp::io
