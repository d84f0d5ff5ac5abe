// SPDX-License-Identifier: LGPL-2.1-or-later
// Running the commands of install and remove lines.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace kmodpp::io {

/// Runs "/bin/sh -c COMMAND" with the given variables added to this process's environment
/// (to none of its caller's where that one has fewer rights) and waits for it. The value
/// is the exit status; a command that died by a signal, or that could not be started, is
/// an error of kind io that says which.
[[nodiscard]] Result<int> run_shell(
    const std::string& command,
    const std::vector<std::pair<std::string, std::string>>& variables);

}  // namespace kmodpp::io
