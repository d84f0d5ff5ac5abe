// SPDX-License-Identifier: LGPL-2.1-or-later
// Replaces one file by renaming, for files that can be regenerated at any time.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "base/error.hpp"
#include "io/root.hpp"

namespace kmodpp::io {

/// Writes a file under a temporary name in its directory, then renames it: readers find
/// the old file or the new one. Nothing is synced. Temporaries that killed processes
/// left for the same name are removed, those of running processes are not.
/// \param name a plain file name
[[nodiscard]] Status replace_file(const Root& root, std::string_view directory,
                                  std::string_view name, std::string_view contents,
                                  mode_t mode);

}  // namespace kmodpp::io
