// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a module lies; nobody has opened it yet.
#pragma once

#include <string>

#include "io/root.hpp"

namespace kmodpp {

struct ModuleLocation {
    std::string name;       ///< normalised
    const io::Root* root;   ///< beneath which the file lies
    std::string path = {};  ///< within the root; empty: the module is builtin
};

}  // namespace kmodpp
