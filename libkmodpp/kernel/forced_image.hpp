// SPDX-License-Identifier: LGPL-2.1-or-later
// Copies a module without its version data, for init_module, which has no flags to
// ignore it.
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "kernel/kernel.hpp"

namespace kmodpp::kernel {

/// A copy of a module for init_module without the data that the flags of finit_module
/// would make the kernel ignore. The signature marker is removed too, because the
/// kernel does not accept a signature on a forced load. malformed if the module is not
/// an ELF file.
/// \param image uncompressed
[[nodiscard]] Result<std::string> forced_image(Bytes image, LoadFlags flags);

}  // namespace kmodpp::kernel
