// SPDX-License-Identifier: LGPL-2.1-or-later
// Forcing a module past checks where the system call takes no flags.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "kernel/kernel.hpp"

namespace kmodpp::kernel {

/// A copy of a module for init_module, which a kernel treats as it treats the module
/// itself when finit_module has the flags: without what they have it ignore. A kernel
/// lets no signature count then; the copy, which none would fit, does not end as a signed
/// module. malformed: the module is no ELF file.
/// \param image uncompressed
[[nodiscard]] Result<std::string> forced_image(Bytes image, LoadFlags flags);

}  // namespace kmodpp::kernel
