// SPDX-License-Identifier: LGPL-2.1-or-later
// The commands of install and remove lines as a shell gets them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kmodpp {

/// A text for /bin/sh -c, and the variables that it uses.
struct ShellCommand {
    std::string text;
    std::vector<std::pair<std::string, std::string>> variables;
};

/// The command with the parameters for $CMDLINE_OPTS. The parameters never become part of
/// the text, so that the shell cannot run them; they are values of variables.
/// CMDLINE_OPTS holds all of them. Where $CMDLINE_OPTS stands as a word of its own and
/// one of the parameters could be split or expanded by the shell, the word is replaced by
/// one quoted variable for each parameter: "$CMDLINE_OPT1" "$CMDLINE_OPT2".
[[nodiscard]] ShellCommand command_with_options(std::string_view command,
                                                std::string_view options);

/// The same as one text, for a program that runs it with system(3): the parameters in the
/// place of $CMDLINE_OPTS where a shell takes them literally, else assignments before the
/// command.
[[nodiscard]] std::string command_text_with_options(std::string_view command,
                                                    std::string_view options);

}  // namespace kmodpp
