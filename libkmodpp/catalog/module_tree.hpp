// SPDX-License-Identifier: LGPL-2.1-or-later
// The module files of a release as they lie on the disk, databases or not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/root.hpp"

namespace kmodpp {

/// Every module file beneath a directory, within the root, in bytewise order. Links to
/// files count, as weak updates are such; links to directories are not followed.
/// Directories below that cannot be read are an error too: nothing is left out unsaid.
[[nodiscard]] Result<std::vector<std::string>> list_module_files(
    const io::Root& root, std::string_view directory);

}  // namespace kmodpp
