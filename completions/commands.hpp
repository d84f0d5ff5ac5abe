// SPDX-License-Identifier: LGPL-2.1-or-later
// The commands, options and arguments that the completions offer, from the option tables
// of the tools.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/tool.hpp"

namespace kmodpp::completions {

/// A tool, or a command that only kmod has.
struct Command {
    const cli::Tool* tool;
    bool of_kmod_only = false;
};
[[nodiscard]] std::span<const Command> commands();

/// The kind of argument that an option takes.
enum class Argument {
    none,         ///< no argument
    free,         ///< cannot be completed
    files,        ///< a file or directory
    directories,  ///< a directory
    root,         ///< the directory that contains the module directory
    simulated,    ///< the root of a simulated kernel
    releases,     ///< a kernel release that has modules
    choices,      ///< one of a list of words
};

struct ArgumentForm {
    Argument kind = Argument::none;
    bool optional = false;  ///< can be omitted, otherwise follows '='
    std::vector<std::string> choices = {};
};
[[nodiscard]] ArgumentForm argument_of(const cli::Option& option);

/// The spellings of an option, such as "-a" and "--all"; empty for an option without a
/// help text.
[[nodiscard]] std::vector<std::string> spellings(const cli::Option& option);

/// Quotes a text in single quotes, as one word of bash or zsh.
[[nodiscard]] std::string shell_word(std::string_view text);
/// The same for fish.
[[nodiscard]] std::string quoted_for_fish(std::string_view text);

/// The words after "kmod", separated by spaces.
[[nodiscard]] std::string commands_of_kmod();

/// Lines that replace placeholders in the template of a shell.
struct Tables {
    std::string options;
    std::string arguments;
};
[[nodiscard]] Tables tables_for_bash();
[[nodiscard]] Tables tables_for_zsh();
/// For one tool, or for kmod with all its commands.
[[nodiscard]] Tables tables_for_fish(std::string_view tool);

}  // namespace kmodpp::completions
