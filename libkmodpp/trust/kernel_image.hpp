// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the certificates that are built into a kernel image.
#pragma once

#include "format/certificate_list.hpp"
#include "io/buffer.hpp"

namespace kmodpp::trust {

/// An unpacked kernel and what is built into it. Move-only.
struct KernelImage {
    io::Buffer unpacked = {};
    BuiltinCertificates builtin = {};  ///< borrows from `unpacked` or the file
};

/// \param file a bzImage, an EFI zboot image, a vmlinux, an Image (arm64, RISC-V,
/// LoongArch), one of these compressed as a whole, or a self-extracting kernel (ARM,
/// MIPS, s390); packed with gzip, xz, zstd or lz4
/// \return malformed if the image cannot be unpacked; unsupported if it is packed with
/// another program or the library for it is missing; not_found if it has no
/// certificates
[[nodiscard]] Result<KernelImage> read_kernel_image(Bytes file);

}  // namespace kmodpp::trust
