// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Flags of finit_module(2).
#pragma once

namespace kmodpp {

/// Checks that the kernel is asked to omit.
struct LoadFlags {
    bool ignore_modversions = false;  ///< MODULE_INIT_IGNORE_MODVERSIONS
    bool ignore_vermagic = false;     ///< MODULE_INIT_IGNORE_VERMAGIC
};

}  // namespace kmodpp
