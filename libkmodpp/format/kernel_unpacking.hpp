// SPDX-License-Identifier: LGPL-2.1-or-later
// Determines whether a kernel can unpack a compressed module itself. Its decoders
// support less than the libraries of user space.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.hpp"

namespace kmodpp {

/// The branch filters of a kernel's xz decoder, one bit for each ID: bit 4 is x86.
using XzFilters = std::uint32_t;

/// The filters that a kernel for this e_machine has unless its configuration differs.
/// The filters of ARM64 and RISC-V, new in Linux 6.12, are not included.
[[nodiscard]] XzFilters xz_filters_of(std::uint16_t machine);

//   xz (source: doc/xz-file-format.txt; lib/xz/xz_dec_stream.c)
//   0  fd '7zXZ' 00   magic
//   6  u8 0, u8       check: 0 none, 1 CRC32, 4 CRC64, 10 SHA-256
//   8  u32            CRC32 of the flags
//   12 u8             size of the block header in units of 4 bytes, less one; 0: no block
//   13 u8             filters less one in bits 0-1, sizes present in bits 6 and 7
//      ...            those sizes, then per filter: ID, size of properties, properties
//
//   zstd (source: doc/zstd_compression_format.md; kernel/module/decompress.c)
//   0  28 b5 2f fd    magic
//   4  u8             bits 0-1 size of the dictionary ID, 3 reserved, 5 single segment,
//                     6-7 size of the content size
//   5  u8             window, missing in a single segment: exponent and mantissa
//      ...            dictionary ID, content size
//
//   gzip (source: RFC 1952; kernel/module/decompress.c)
//   0  1f 8b 08       magic and method
//   3  u8             flags: 1 text, 2 header CRC, 4 extra field, 8 name, 16 comment
//
/// Why a kernel with a decoder for the format cannot unpack the stream: "its check is
/// CRC64, the kernel knows CRC32 only". Empty if the headers show no reason. Only the
/// headers are checked: the contents may still be damaged.
/// \param head the first 4096 bytes of the file, or all of a shorter one
[[nodiscard]] std::string_view kernel_unpack_obstacle(Bytes head, XzFilters filters);

/// The settings for compressed modules in a kernel configuration
/// (/boot/config-RELEASE).
struct KernelUnpacking {
    std::string_view compression =
        {};  ///< "gzip", "xz", "zstd"; empty if it unpacks none
    XzFilters filters = 0;
};
[[nodiscard]] KernelUnpacking read_kernel_unpacking(std::string_view config);

/// True if a line of the kernel log reports that a module could not be unpacked.
[[nodiscard]] bool is_unpack_failure(std::string_view line);

}  // namespace kmodpp
