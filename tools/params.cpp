// SPDX-License-Identifier: LGPL-2.1-or-later
// kmod params: compares the parameters of modules in the kernel and in the configuration.
#include <iterator>

#include "cli/parameter_view.hpp"
#include "cli/report_command.hpp"

namespace kmodpp::cli {

namespace {

struct ParamsOptions : SystemOptions {
    bool differing = false;
};

constexpr auto kOptions = table_of<ParamsOptions>({
    {0, "differing", nullptr,
     "show only parameters whose value differs from the configuration",
     sets<&ParamsOptions::differing>},
}, kReportRows);

int run(const ParamsOptions& options, Messages& messages) {
    auto context = open_context(options, messages);
    if (!context) return kFailure;
    std::vector<ModuleParameters> modules;
    int status = kSuccess;
    if (options.operands.empty()) {
        auto loaded = context->loaded_parameters();
        if (!loaded) return report_failure(loaded.error(), options, messages);
        modules = *std::move(loaded);
    }
    for (const std::string& operand : options.operands) {
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
    if (options.differing) keep_differing(modules);
    if (options.json)
        print(parameters_as_json(modules));
    else
        messages.print(parameters_as_text(modules));
    return status;
}

}  // namespace

const Tool kParams =
    tool_of("params", "show parameters, and where their values were set",
            "  kmod params [options] [MODULE...]\n", kOptions, runs<run>);

}  // namespace kmodpp::cli
