// SPDX-License-Identifier: LGPL-2.1-or-later
// Opens the module file of a step.
#pragma once

#include <string>

#include "base/error.hpp"
#include "io/module_file.hpp"
#include "io/root.hpp"

namespace kmodpp {

/// \param root contains the module files; only a file that was given by path may be
/// outside
[[nodiscard]] inline Result<io::ModuleFile> open_step_file(const io::Root& root,
                                                           const std::string& path) {
    if (const auto inside = root.inside(path)) return io::ModuleFile::open(root, *inside);
    TRY_ASSIGN(const io::Root host, io::Root::open("/"));
    return io::ModuleFile::open(host, path);
}

}  // namespace kmodpp
