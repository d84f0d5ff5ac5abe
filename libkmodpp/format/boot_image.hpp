// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the compressed kernel inside a boot image.
#pragma once

#include "base/bytes.hpp"

namespace kmodpp {

//   bzImage of x86 (source: Documentation/arch/x86/boot.rst)
//   0x1f1 u8   number of 512-byte setup sectors after the first; 0 means 4
//   0x202      "HdrS"; 0x206 u16 version; the fields below exist since version 0x208
//   0x248 u32  offset of the payload after the setup sectors
//   0x24c u32  its length; except for gzip it includes 4 bytes after the stream
//
//   EFI zboot (source: drivers/firmware/efi/libstub/zboot-header.S)
//   0x000 "MZ", 0x004 "zimg", 0x008 u32 offset and 0x00c u32 length of the payload
//
/// The payload to unpack, or the input itself if it has no such header: an unpacked
/// kernel, one compressed as a whole, or a self-extracting one without a payload offset.
/// Borrows. malformed if the payload is outside the file.
[[nodiscard]] Result<Bytes> boot_payload(Bytes image);

/// True if the first bytes of a file are those of a kernel image of any form (see also
/// Documentation/arch/{arm64,riscv,loongarch}/, arch/{arm,s390}/boot).
[[nodiscard]] bool is_boot_image(Bytes file);

}  // namespace kmodpp
