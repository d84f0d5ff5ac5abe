// SPDX-License-Identifier: LGPL-2.1-or-later
// Replaces one file by renaming.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "base/error.hpp"
#include "io/root.hpp"

namespace kmodpp::io {

/// Whether a file survives a power failure. Files that can be regenerated at any time
/// need not.
enum class Sync { no, yes };

/// Writes a file under a temporary name in its directory, then renames it: readers find
/// the old file or the new one. Temporaries that killed processes
/// left for the same name are removed, those of running processes are not.
/// \param name a plain file name
[[nodiscard]] Status replace_file(const Root& root, std::string_view directory,
                                  std::string_view name, std::string_view contents,
                                  mode_t mode, Sync sync = Sync::no);

}  // namespace kmodpp::io
