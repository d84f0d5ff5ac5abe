// SPDX-License-Identifier: LGPL-2.1-or-later
// The names of error numbers.
#pragma once

#include <string_view>

namespace kmodpp {

/// "ENOENT" for ENOENT; empty for a number without a name. \p code is not 0.
[[nodiscard]] std::string_view errno_name(int code);

}  // namespace kmodpp
