// SPDX-License-Identifier: LGPL-2.1-or-later
// The location of a module file that has not been opened yet.
#pragma once

#include <string>

#include "io/root.hpp"

namespace kmodpp {

struct ModuleLocation {
    std::string name;       ///< normalised
    const io::Root* root;   ///< root of the path
    std::string path = {};  ///< within the root; empty for a built-in module
};

}  // namespace kmodpp
