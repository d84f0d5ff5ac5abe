// SPDX-License-Identifier: LGPL-2.1-or-later
// The compressed kernel inside a file that boot loaders start.
#pragma once

#include "base/bytes.hpp"

namespace kmodpp {

//   bzImage of x86 (source: Documentation/arch/x86/boot.rst)
//   0x1f1 u8   setup sectors of 512 bytes besides the first; 0 means 4
//   0x202      "HdrS"; 0x206 u16 version, which has the fields below from 0x208 on
//   0x248 u32  offset of the payload behind the setup sectors
//   0x24c u32  its length; all but gzip are followed by 4 bytes that it includes
//
//   EFI zboot (source: drivers/firmware/efi/libstub/zboot-header.S)
//   0x000 "MZ", 0x004 "zimg", 0x008 u32 offset and 0x00c u32 length of the payload
//
/// What is to be unpacked, or the bytes themselves when they are of no such form: a
/// kernel that is not packed, or packed as a whole, or that unpacks itself and tells
/// nobody where its payload is. Borrows. malformed: the payload lies outside of the file.
[[nodiscard]] Result<Bytes> boot_payload(Bytes image);

/// Whether a file is a kernel image of any form, by its first bytes (source besides the
/// above: Documentation/arch/{arm64,riscv,loongarch}/, arch/{arm,s390}/boot).
[[nodiscard]] bool is_boot_image(Bytes file);

}  // namespace kmodpp
