// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod why, check and graph: the questions that modprobe answers with --explain,
// --check-config and --graph.
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kWhyOptions[] = {
    {'r', "remove", nullptr, "explain a removal instead of a load", nullptr},
    {'i', "ignore-install", nullptr, "ignore install and remove commands", nullptr},
    {'b', "use-blacklist", nullptr, "apply the blacklist to module names too", nullptr},
    kIgnoreForbidOption,
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
};

constexpr Option kOptions[] = {
    kConfigOption,   kDirnameOption, kConfinedOption, kSetVersionOption,
    kSimulateOption, kJsonOption,    kColorOption,    kSyslogOption,
    kVerboseOption,  kVersionOption, kHelpOption,
};

int run_why(const Arguments& arguments, Messages& messages) {
    return kModprobe.run(arguments.with("explain"), messages);
}

int run_check(const Arguments& arguments, Messages& messages) {
    if (!arguments.operands().empty()) {
        messages.error("unexpected operand '" + arguments.operands().front() + "'");
        return kFailure;
    }
    return kModprobe.run(arguments.with("check-config"), messages);
}

int run_graph(const Arguments& arguments, Messages& messages) {
    return kModprobe.run(arguments.with("graph"), messages);
}

}  // namespace

const Tool kWhy = {"why", "explain what loads a module, and what prevents it",
                   "  kmod why [options] NAME [PARAMETER=VALUE...]...\n", kWhyOptions,
                   run_why};
const Tool kCheck = {"check", "report mistakes in the configuration",
                     "  kmod check [options]\n", kOptions, run_check};
const Tool kGraph = {"graph", "print the dependencies of modules as a graph",
                     "  kmod graph [options] NAME...\n", kOptions, run_graph};

}  // namespace kmodpp::cli
