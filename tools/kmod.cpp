// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod: all tools in one program, selected by the name of a link or as "kmod NAME".
#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "cli/depmod_library.hpp"
#include "cli/programs.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

struct Command {
    std::string_view name;
    const Tool* tool;
};
/// depmod is in a library of its own. Here is what the help shows of it.
constexpr Tool kDepmodElsewhere = {"depmod", kDepmodSummary, "", {}, nullptr};

/// Commands that are only available as "kmod NAME".
constexpr auto kCommands = std::to_array<Command>({
    {"allow", &kAllow},
    {"check", &kCheck},
    {"compat", &kCompat},
    {"devices", &kDevices},
    {"diff", &kDiff},
    {"firmware", &kFirmware},
    {"forbid", &kForbid},
    {"graph", &kGraph},
    {"list", &kLsmod},
    {"params", &kParams},
    {"static-nodes", &kStaticNodes},
    {"tree", &kTree},
    {"users", &kUsers},
    {"why", &kWhy},
});
/// Commands that are also run if the program is called through a link of that name.
constexpr std::array<Command, 6> kApplets = {{
    {"lsmod", &kLsmod},
    {"rmmod", &kRmmod},
    {"insmod", &kInsmod},
    {"modinfo", &kModinfo},
    {"modprobe", &kModprobe},
    {"depmod", &kDepmodElsewhere},
}};

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

const Tool* find_in(std::span<const Command> commands, std::string_view name) {
    const auto command = std::ranges::find(commands, name, &Command::name);
    return command == commands.end() ? nullptr : command->tool;
}

std::string described(std::string_view name, std::string_view summary,
                      std::size_t column = 16) {
    std::string line = "  " + std::string(name);
    line.resize(column, ' ');
    return line + std::string(summary) + "\n";
}

std::string help_text() {
    std::string text =
        "kmod - manage kernel modules: list, load, unload\n\n"
        "Usage:\n  kmod [options] COMMAND [command options]\n\n"
        "Options:\n  -V, --version   show version\n  -h, --help      show this help\n\n"
        "Commands:\n";
    text += described("help", "show this help");
    for (const auto& [name, tool] : kCommands) text += described(name, tool->summary);
    text += "\nCommands that can also be run through a link of that name:\n";
    for (const auto& [name, tool] : kApplets) text += described(name, tool->summary);
    text += "\nExamples:\n";
    for (const auto& [command, effect] : kExamples)
        text += described(command, effect, 42);
    return text;
}

/// \param argv the arguments of main(), from the name of the tool on
int run(const Tool& tool, int argc, char** argv) {
    return tool.run == nullptr ? run_depmod(argc, argv) : run_program(tool, argc, argv);
}

int run_multicall(int argc, char** argv) {
    Messages messages("kmod");
    const std::string first = argc > 1 ? argv[1] : "";
    if (first == "-V" || first == "--version") return run_tool(kLsmod, {"--version"});
    if (first == "-h" || first == "--help" || first == "help") {
        print(help_text());
        return finish_output(messages) ? kSuccess : kFailure;
    }
    for (const std::span<const Command> commands :
         {std::span<const Command>(kCommands), std::span<const Command>(kApplets)})
        if (const Tool* const tool = find_in(commands, first))
            return run(*tool, argc - 1, argv + 1);
    messages.error(first.empty() ? "missing command. See -h."
                                 : "invalid command '" + first + "'. See -h.");
    return kFailure;
}

}  // namespace

static int run_by_name(int argc, char** argv) {
    const std::string_view path = argc > 0 ? argv[0] : "kmod";
    const Tool* const tool = find_in(kApplets, path.substr(path.rfind('/') + 1));
    return tool != nullptr ? run(*tool, argc, argv) : run_multicall(argc, argv);
}

}  // namespace kmodpp::cli

int kmodpp_kmod(int argc, char** argv) {
    return kmodpp::cli::with_memory_check(
        [=] { return kmodpp::cli::run_by_name(argc, argv); });
}
