// SPDX-License-Identifier: LGPL-2.1-or-later
// Prepares the commands of install and remove lines for a shell.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kmodpp {

/// The command text for /bin/sh -c, and the environment variables that it uses.
struct ShellCommand {
    std::string text;
    std::vector<std::pair<std::string, std::string>> variables;
};

/// Prepares a command that may contain $CMDLINE_OPTS. The parameters are passed in
/// variables and never become part of the text, so that the shell cannot execute them.
/// CMDLINE_OPTS contains all parameters. If the shell could split or expand a
/// parameter, each $CMDLINE_OPTS that is a word of its own is replaced by one quoted
/// variable per parameter: "$CMDLINE_OPT1" "$CMDLINE_OPT2".
[[nodiscard]] ShellCommand command_with_options(std::string_view command,
                                                std::string_view options);

/// The same as a single text, for programs that run it with system(3). Replaces
/// $CMDLINE_OPTS by the parameters if a shell takes them literally; otherwise puts
/// assignments of the variables before the command.
[[nodiscard]] std::string command_text_with_options(std::string_view command,
                                                    std::string_view options);

}  // namespace kmodpp
