// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Module files that are not used, because another file of the same module is.
#pragma once

#include <string>

#include <kmodpp/origin.hpp>

namespace kmodpp {

/// A module file that depmod ignores. Plain data. Paths are as seen from outside the
/// root.
struct HiddenFile {
    std::string module = {};  ///< normalised
    std::string path = {};    ///< the file that is ignored
    std::string taken = {};   ///< the file that depmod uses instead
    /// Why: "'updates' precedes all other directories in the default search order".
    std::string reason = {};
    Origin origin = {};  ///< the line of depmod.d that decides; may be empty
};

}  // namespace kmodpp
