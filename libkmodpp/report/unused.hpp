// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the loaded modules that are not in use.
#pragma once

#include <vector>

#include "base/error.hpp"
#include "kernel/kernel.hpp"
#include "kmodpp/unused_module.hpp"

namespace kmodpp {

/// In the order of /proc/modules. unsupported: the kernel cannot remove modules.
[[nodiscard]] Result<std::vector<UnusedModule>> find_unused_modules(
    kernel::Kernel& kernel);

}  // namespace kmodpp
