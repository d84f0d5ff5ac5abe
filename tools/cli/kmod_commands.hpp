// SPDX-License-Identifier: LGPL-2.1-or-later
// The commands of the program kmod.
#pragma once

#include <span>
#include <string_view>

#include "cli/tool.hpp"

namespace kmodpp::cli {

struct Command {
    std::string_view name;
    /// Null: depmod, which is in a library of its own.
    const Tool* tool;
};

/// The commands that are also run if the program is called through a link of that name.
[[nodiscard]] std::span<const Command> applets();
/// The other commands that a booting system runs.
[[nodiscard]] std::span<const Command> boot_commands();

/// Returns null for an unknown name.
[[nodiscard]] const Command* find_command(std::span<const Command> commands,
                                          std::string_view name);

/// Runs the help or one of the commands that a booting system does not need.
/// \param argv the arguments of main()
[[nodiscard]] int run_other_command(int argc, char** argv);

}  // namespace kmodpp::cli
