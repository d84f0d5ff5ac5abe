// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs the commands of install and remove lines.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace kmodpp::io {

/// Runs "/bin/sh -c COMMAND" with the given variables added to this process's environment
/// (to a minimal one if the caller has fewer privileges) and waits for it. Returns the
/// exit status. A command that was killed by a signal or could not be started is an error
/// of kind io.
[[nodiscard]] Result<int> run_shell(
    const std::string& command,
    const std::vector<std::pair<std::string, std::string>>& variables);

}  // namespace kmodpp::io
