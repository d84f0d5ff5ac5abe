// SPDX-License-Identifier: LGPL-2.1-or-later
// The commands of kmod in libkmodpp, and the help, which names all commands.
#include "cli/kmod_commands.hpp"

#include <array>
#include <string>
#include <vector>

#include "base/sort.hpp"

namespace kmodpp::cli {

namespace {

constexpr auto kOtherCommands = std::to_array<Command>({
    {"allow", &kAllow},
    {"check", &kCheck},
    {"compat", &kCompat},
    {"devices", &kDevices},
    {"diff", &kDiff},
    {"firmware", &kFirmware},
    {"forbid", &kForbid},
    {"graph", &kGraph},
    {"params", &kParams},
    {"tree", &kTree},
    {"users", &kUsers},
    {"why", &kWhy},
});

struct Example {
    std::string_view command;
    std::string_view effect;
};
constexpr std::array<Example, 5> kExamples = {{
    {"kmod why fs-ext4", "what a request for an alias loads, and why"},
    {"kmod check", "mistakes in modprobe.d and on the kernel command line"},
    {"kmod graph ext4 | dot -Tsvg >ext4.svg", "the dependencies of a module"},
    {"kmod forbid nouveau it hangs", "refuse every load of a module"},
    {"kmod allow nouveau", "allow it again"},
}};

std::string described(std::string_view name, std::string_view summary,
                      std::size_t column = 16) {
    std::string line = "  " + std::string(name);
    line.resize(column, ' ');
    return line + std::string(summary) + "\n";
}

std::string described(const Command& command) {
    return described(command.name,
                     command.tool != nullptr ? command.tool->summary : kDepmodSummary);
}

std::string help_text() {
    std::string text =
        "kmod - manage kernel modules: list, load, unload\n\n"
        "Usage:\n  kmod [options] COMMAND [command options]\n\n"
        "Options:\n  -V, --version   show version\n  -h, --help      show this help\n\n"
        "Commands:\n";
    text += described("help", "show this help");
    std::vector<Command> commands(kOtherCommands.begin(), kOtherCommands.end());
    commands.insert(commands.end(), boot_commands().begin(), boot_commands().end());
    sort_by(commands, &Command::name);
    for (const Command& command : commands) text += described(command);
    text += "\nCommands that can also be run through a link of that name:\n";
    for (const Command& command : applets()) text += described(command);
    text += "\nExamples:\n";
    for (const auto& [command, effect] : kExamples)
        text += described(command, effect, 42);
    return text;
}

}  // namespace

int run_other_command(int argc, char** argv) {
    const std::string first = argc > 1 ? argv[1] : "";
    if (const auto* const command = find_command(kOtherCommands, first))
        return run_program(*command->tool, argc - 1, argv + 1);
    Messages messages("kmod");
    if (first == "-h" || first == "--help" || first == "help") {
        print(help_text());
        return finish_output(messages) ? kSuccess : kFailure;
    }
    messages.error(first.empty() ? "missing command. See -h."
                                 : "invalid command '" + first + "'. See -h.");
    return kFailure;
}

}  // namespace kmodpp::cli
