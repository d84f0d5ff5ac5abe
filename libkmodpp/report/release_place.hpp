// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the module directory that the user means by a release or a path.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "io/root.hpp"

namespace kmodpp {

/// The module directory of a release.
struct ReleasePlace {
    io::Root root;
    std::string directory;  ///< within the root
    std::string release;
};

/// Interprets a text given by the user:
///
///   RELEASE       without a slash: a release under \p root
///   DIRECTORY     with a slash: a module directory, or a root with a single release
///   ROOT:RELEASE  a release under another root; ROOT contains a slash
///
/// The root of a module directory PATH/lib/modules/RELEASE is PATH; that of another
/// directory is the host's. not_found: there is no such directory; conflict: the root
/// has several releases.
[[nodiscard]] Result<ReleasePlace> find_release(const io::Root& root,
                                                std::string_view text);

}  // namespace kmodpp
