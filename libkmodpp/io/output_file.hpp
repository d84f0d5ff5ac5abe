// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes the output of a tool to a file named by the user.
#pragma once

#include <string>
#include <string_view>

#include <kmodpp/result.hpp>

namespace kmodpp {

/// Creates missing directories of the path, then replaces the file atomically: a reader
/// sees the old or the new text. If the path is not a regular file (a pipe, a terminal,
/// a symbolic link such as /dev/stdout), writes to it directly. io or denied: the file
/// is unchanged. Safe from several threads for different files.
/// \param path relative to the current directory
/// \param text the whole contents
[[nodiscard]] Status write_output_file(const std::string& path, std::string_view text);

}  // namespace kmodpp
