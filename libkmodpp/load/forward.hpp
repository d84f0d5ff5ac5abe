// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens libkmodpp for libkmodpp-load.
#pragma once

#include "io/shared_object.hpp"

namespace kmodpp {

/// Opens libkmodpp at the first call. unsupported: it cannot be opened, or is of another
/// version.
[[nodiscard]] Result<io::SharedObject> open_complete();

}  // namespace kmodpp
