// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod params: compares the parameters of modules in the kernel and in the configuration.
#include <iterator>

#include "cli/parameter_view.hpp"
#include "cli/report_command.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kOptions[] = {
    {0, "differing", nullptr,
     "show only parameters whose value differs from the configuration", nullptr},
    kJsonOption,
    kColorOption,
    kConfigOption,
    kDirnameOption,
    kConfinedOption,
    kSetVersionOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
};

int run(const Arguments& arguments, Messages& messages) {
    auto context = open_context(arguments, messages);
    if (!context) return kFailure;
    std::vector<ModuleParameters> modules;
    int status = kSuccess;
    if (arguments.operands().empty()) {
        auto loaded = context->loaded_parameters();
        if (!loaded) return report_failure(loaded.error(), arguments, messages);
        modules = *std::move(loaded);
    }
    for (const std::string& operand : arguments.operands()) {
        auto named = context->parameters(operand);
        if (named) {
            std::ranges::move(*named, std::back_inserter(modules));
        } else {
            messages.error(named.error().message);
            status = kFailure;
        }
    }
    for (const ModuleParameters& module : modules) {
        if (!module.file_fault.empty()) messages.warning(module.file_fault);
        for (const ParameterProblem& problem : module.problems)
            messages.warning(problem.text);
    }
    if (arguments.has("differing")) keep_differing(modules);
    if (arguments.has("json"))
        print(parameters_as_json(modules));
    else
        messages.print(parameters_as_text(modules));
    return status;
}

}  // namespace

const Tool kParams = {"params", "show parameters, and where their values were set",
                      "  kmod params [options] [MODULE...]\n", kOptions, run};

}  // namespace kmodpp::cli
