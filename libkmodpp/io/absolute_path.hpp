// SPDX-License-Identifier: LGPL-2.1-or-later
// Makes user-supplied paths absolute.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::io {

/// Prepends the current directory to a relative path. Symlinks are not resolved, because
/// the path is shown to users. Unchanged if the current directory is unknown.
[[nodiscard]] std::string absolute_path(std::string_view path);
/// Same for each path; empty strings are kept.
[[nodiscard]] std::vector<std::string> absolute_paths(
    const std::vector<std::string>& paths);

}  // namespace kmodpp::io
