// SPDX-License-Identifier: LGPL-2.1-or-later
// Paths as a person gives them, relative to the current directory, made absolute.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::io {

/// The path behind the current directory when it is relative; symlinks are not resolved,
/// for the path is shown to people. Unchanged when the current directory cannot be told.
[[nodiscard]] std::string absolute_path(std::string_view path);
/// Of each; empty texts, which name nothing, stay.
[[nodiscard]] std::vector<std::string> absolute_paths(
    const std::vector<std::string>& paths);

}  // namespace kmodpp::io
