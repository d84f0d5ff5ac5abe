// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod: all tools in one program, selected by the name of a link or as "kmod NAME".
#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

struct Command {
    std::string_view name;
    const Tool* tool;
};
/// Commands that are only available as "kmod NAME".
constexpr std::array<Command, 6> kCommands = {{
    {"list", &kLsmod},
    {"compat", &kCompat},
    {"diff", &kDiff},
    {"static-nodes", &kStaticNodes},
    {"tree", &kTree},
    {"users", &kUsers},
}};
/// Commands that are also run if the program is called through a link of that name.
constexpr std::array<Command, 6> kApplets = {{
    {"lsmod", &kLsmod},
    {"rmmod", &kRmmod},
    {"insmod", &kInsmod},
    {"modinfo", &kModinfo},
    {"modprobe", &kModprobe},
    {"depmod", &kDepmod},
}};

const Tool* find_in(std::span<const Command> commands, std::string_view name) {
    const auto command = std::ranges::find(commands, name, &Command::name);
    return command == commands.end() ? nullptr : command->tool;
}

std::string described(std::string_view name, std::string_view summary) {
    std::string line = "  " + std::string(name);
    line.resize(16, ' ');
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
    return text;
}

int run_multicall(const std::vector<std::string>& words) {
    Messages messages("kmod");
    const std::string first = words.empty() ? "" : words.front();
    if (first == "-V" || first == "--version") return run_tool(kLsmod, {"--version"});
    if (first == "-h" || first == "--help" || first == "help") {
        print(help_text());
        return finish_output(messages) ? kSuccess : kFailure;
    }
    for (const std::span<const Command> commands :
         {std::span<const Command>(kCommands), std::span<const Command>(kApplets)})
        if (const Tool* const tool = find_in(commands, first))
            return run_tool(*tool, {words.begin() + 1, words.end()});
    messages.error(first.empty() ? "missing command. See -h."
                                 : "invalid command '" + first + "'. See -h.");
    return kFailure;
}

}  // namespace

static int run_by_name(std::string_view name, const std::vector<std::string>& words) {
    const Tool* const tool = find_in(kApplets, name);
    return tool != nullptr ? run_tool(*tool, words) : run_multicall(words);
}

}  // namespace kmodpp::cli

int main(int argc, char** argv) {
    kmodpp::cli::end_when_memory_runs_out();
    const std::string_view path = argc > 0 ? argv[0] : "kmod";
    const std::string_view name = path.substr(path.rfind('/') + 1);
    const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    return kmodpp::cli::run_by_name(name, words);
}
