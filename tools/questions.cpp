// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod why, check and graph: the questions that modprobe answers with --explain,
// --check-config and --graph.
#include <array>

#include "cli/modprobe_options.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

/// modprobe --explain
struct WhyOptions : ModprobeOptions {
    WhyOptions() { explain = true; }
};
/// modprobe --check-config
struct CheckOptions : ModprobeOptions {
    CheckOptions() { check_config = true; }
};
/// modprobe --graph
struct GraphOptions : ModprobeOptions {
    GraphOptions() { graph = true; }
};

constexpr auto kQuestionRows = std::to_array<Row<SystemOptions>>({
    kConfigOption,
    kDirnameOption,
    kConfinedOption,
    kSetVersionOption,
    kSimulateOption,
    kJsonOption,
    kColorOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
});
constexpr auto kWhyOptions = table_of<WhyOptions>({
    {'r', "remove", nullptr, "explain a removal instead of a load",
     sets<&WhyOptions::remove>},
    kIgnoreInstallOption,
    kUseBlacklistOption,
    kIgnoreForbidOption,
}, kQuestionRows);
constexpr auto kCheckOptions = table_of<CheckOptions>(kQuestionRows);
constexpr auto kGraphOptions = table_of<GraphOptions>(kQuestionRows);

int run_check(const CheckOptions& options, Messages& messages) {
    if (!options.operands.empty()) {
        messages.error("unexpected operand '" + options.operands.front() + "'");
        return kFailure;
    }
    return run_modprobe(options, messages);
}

}  // namespace

const Tool kWhy = tool_of("why", "explain what loads a module, and what prevents it",
                          "  kmod why [options] NAME [PARAMETER=VALUE...]...\n",
                          kWhyOptions, runs<run_modprobe, WhyOptions>);
const Tool kCheck =
    tool_of("check", "report mistakes in the configuration", "  kmod check [options]\n",
            kCheckOptions, runs<run_check>);
const Tool kGraph = tool_of("graph", "print the dependencies of modules as a graph",
                            "  kmod graph [options] NAME...\n", kGraphOptions,
                            runs<run_modprobe, GraphOptions>);

}  // namespace kmodpp::cli
