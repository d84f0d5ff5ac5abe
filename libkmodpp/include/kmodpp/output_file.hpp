// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Writing what a tool has to say into a file that a person names.
#pragma once

#include <string>
#include <string_view>

#include <kmodpp/export.hpp>
#include <kmodpp/result.hpp>

namespace kmodpp {

/// Makes the directories above it, then replaces the file whole: a reader sees the old
/// text or the new one. What is there and is no regular file (a pipe, a terminal, a
/// symbolic link such as /dev/stdout) is written to as it is.
/// io or denied: the file stays as it was. Safe from several threads for different files.
/// \param path relative to the current directory
/// \param text the whole contents
[[nodiscard]] KMODPP_API Status write_output_file(const std::string& path,
                                                  std::string_view text);

}  // namespace kmodpp
