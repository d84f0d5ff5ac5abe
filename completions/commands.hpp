// SPDX-License-Identifier: LGPL-2.1-or-later
// What shells need to know of the tools, taken from their tables of options.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/tool.hpp"

namespace kmodpp::completions {

/// A tool, or a command of kmod that is no tool of its own.
struct Command {
    const cli::Tool* tool;
    bool of_kmod_only = false;
};
[[nodiscard]] std::span<const Command> commands();

/// What stands behind an option.
enum class Argument {
    none,         ///< the option takes none
    free,         ///< something that cannot be guessed
    files,        ///< a file or directory
    directories,  ///< a directory
    root,         ///< a directory in which modules are then looked for
    simulated,    ///< the same, of a simulated kernel
    releases,     ///< of a kernel that has modules
    choices,      ///< one of a few words
};

struct ArgumentForm {
    Argument kind = Argument::none;
    bool optional = false;  ///< it stands behind '=' or not at all
    std::vector<std::string> choices = {};
};
[[nodiscard]] ArgumentForm argument_of(const cli::Option& option);

/// "-a", "--all": the spellings of an option; none of one that is not shown to people.
[[nodiscard]] std::vector<std::string> spellings(const cli::Option& option);

/// The text as one word of a shell, in single quotes.
[[nodiscard]] std::string shell_word(std::string_view text);
/// The same as fish reads it.
[[nodiscard]] std::string quoted_for_fish(std::string_view text);

/// Lines to be put into a template: one function for each shell.
struct Tables {
    std::string options;
    std::string arguments;
};
[[nodiscard]] Tables tables_for_bash();
[[nodiscard]] Tables tables_for_zsh();
/// Of one tool, or of kmod with all that it holds.
[[nodiscard]] Tables tables_for_fish(std::string_view tool);

}  // namespace kmodpp::completions
