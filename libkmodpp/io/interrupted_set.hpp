// SPDX-License-Identifier: LGPL-2.1-or-later
// Tells the readers of a set of files whether it is mixed, because its writers were
// killed.
#pragma once

#include <string_view>

#include "io/root.hpp"

namespace kmodpp::io {

/// True if killed processes left a record and no writer is active. Also false if this
/// is unknown because the lock file cannot be opened.
[[nodiscard]] bool has_interrupted_set(const Root& root, std::string_view directory);

}  // namespace kmodpp::io
