// SPDX-License-Identifier: LGPL-2.1-or-later
// The certificates that are built into a kernel, from the file that is booted.
#pragma once

#include "format/certificate_list.hpp"
#include "io/buffer.hpp"

namespace kmodpp::trust {

/// An unpacked kernel and what is built into it. Move-only.
struct KernelImage {
    io::Buffer unpacked = {};
    BuiltinCertificates builtin = {};  ///< borrow from `unpacked`, or from the file
};

/// \param file a bzImage, an EFI zboot image, a vmlinux, an Image of arm64, RISC-V or
///             LoongArch, one of these compressed as a whole, or a kernel that unpacks
///             itself, as those of ARM, MIPS and s390 do; packed with gzip, xz, zstd or
///             lz4
/// malformed: it cannot be unpacked; unsupported: packed with something else, or the
/// library for it is not there; not_found: it has no certificates.
[[nodiscard]] Result<KernelImage> read_kernel_image(Bytes file);

}  // namespace kmodpp::trust
