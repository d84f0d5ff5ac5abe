// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the directories of a module tree with Boost.Filesystem.
#pragma once

#include <string>
#include <vector>

#include "io/root.hpp"

namespace kmodpp::index {

/// The names in a directory, in any order. Serves as ReadNames for the scan of a module
/// tree. Thread-safe.
/// \param directory within the root, without symlinks in its path
[[nodiscard]] Result<std::vector<std::string>> directory_names(
    const io::Root& root, const std::string& directory);

}  // namespace kmodpp::index
