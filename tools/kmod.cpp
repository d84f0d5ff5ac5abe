// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod: all tools in one program, selected by the name of a link or as "kmod NAME".
#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "cli/depmod_library.hpp"
#include "cli/kmod_commands.hpp"
#include "cli/programs.hpp"

namespace kmodpp::cli {

namespace {

constexpr std::array<Command, 6> kApplets = {{
    {"lsmod", &kLsmod},
    {"rmmod", &kRmmod},
    {"insmod", &kInsmod},
    {"modinfo", &kModinfo},
    {"modprobe", &kModprobe},
    {"depmod", nullptr},
}};
constexpr std::array<Command, 2> kBootCommands = {{
    {"list", &kLsmod},
    {"static-nodes", &kStaticNodes},
}};

/// \param argv the arguments of main(), from the name of the command on
int run(const Command& command, int argc, char** argv) {
    return command.tool == nullptr ? run_depmod(argc, argv)
                                   : run_program(*command.tool, argc, argv);
}

int run_by_name(int argc, char** argv) {
    const std::string_view path = argc > 0 ? argv[0] : "kmod";
    if (const auto* const applet =
            find_command(kApplets, path.substr(path.rfind('/') + 1)))
        return run(*applet, argc, argv);
    const std::string_view first = argc > 1 ? argv[1] : "";
    if (first == "-V" || first == "--version") return run_tool(kLsmod, {"--version"});
    for (const std::span<const Command> commands : {boot_commands(), applets()})
        if (const auto* const command = find_command(commands, first))
            return run(*command, argc - 1, argv + 1);
    return run_other_command(argc, argv);
}

}  // namespace

std::span<const Command> applets() { return kApplets; }
std::span<const Command> boot_commands() { return kBootCommands; }

const Command* find_command(std::span<const Command> commands, std::string_view name) {
    const auto found = std::ranges::find(commands, name, &Command::name);
    return found == commands.end() ? nullptr : &*found;
}

}  // namespace kmodpp::cli

int kmodpp_kmod(int argc, char** argv) {
    return kmodpp::cli::with_memory_check(
        [=] { return kmodpp::cli::run_by_name(argc, argv); });
}
