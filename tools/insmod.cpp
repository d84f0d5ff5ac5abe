// SPDX-License-Identifier: LGPL-2.1-or-later
// insmod: loads one module file.
#include <algorithm>
#include <optional>
#include <utility>

#include <kmodpp/context.hpp>

#include "cli/diagnosis_view.hpp"
#include "cli/load_errors.hpp"
#include "cli/modprobe_options.hpp"
#include "cli/tool.hpp"
#include "cli/words.hpp"

namespace kmodpp::cli {

namespace {

constexpr auto kOptions = table_of<LoadOptions>({
    {'f', "force", nullptr, "force the load; implies both options below",
     sets<&LoadOptions::force>},
    kForceModversionOption,
    kForceVermagicOption,
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
    {'p', nullptr, nullptr, nullptr, NoEffect{}},
});

/// Reads the module information. Empty if the file cannot be read; the load will report
/// the error.
ModuleInfo describe_file(const Context& context, const std::string& file) {
    auto found = context.describe(file, NameKind::file_or_name);
    return found && !found->empty() ? std::move(found->front()) : ModuleInfo{};
}

bool has_parameter(const ModuleInfo& info, std::string_view name) {
    return std::ranges::find(info.parameters, name, &ParameterField::name) !=
           info.parameters.end();
}

int run(const LoadOptions& options, Messages& messages) {
    if (options.operands.empty()) {
        messages.error("missing filename.");
        return kFailure;
    }
    const std::string& file = options.operands.front();
    if (file == "-") {
        messages.error("this tool does not support loading from stdin!");
        return kFailure;
    }
    auto context = Context::create(context_options(options), messages);
    if (!context) {
        messages.fatal(context.error().message);
        return kFailure;
    }
    // One word may contain several parameters: LiME documents "path=x format=raw".
    const std::string parameters = join_parameters(
        {options.operands.begin() + 1, options.operands.end()},
        [&, info = std::optional<ModuleInfo>()](std::string_view name) mutable {
            if (!info) info = describe_file(*context, file);
            return has_parameter(*info, name);
        });
    ExecuteOptions execute;
    execute.load = load_flags(options);
    ParameterWarnings warnings(messages);
    execute.parameter_problem = [&](const ParameterProblem& problem) {
        warnings.add(problem);
    };
    execute.keep_kernel_log = true;
    messages.info("insmod " + file + " " + parameters);
    const auto loaded = context->insert_file(file, parameters, execute);
    if (loaded) {
        warnings.finish(nullptr);
        return kSuccess;
    }
    const Error& error = loaded.error().error;
    const bool no_file = error.kind == ErrorKind::not_found;
    const std::string message =
        (no_file ? "could not load module " : "could not insert module ") + file + ": " +
        insmod_error_text(error);
    messages.error(message);
    if (no_file) return kFailure;
    const auto diagnosis = context->diagnose(loaded.error(), execute.load);
    show_diagnosis(diagnosis, message, messages);
    warnings.finish(diagnosis ? &*diagnosis : nullptr);
    return kFailure;
}

}  // namespace

const Tool kInsmod =
    tool_of("insmod", "insert a module into the kernel",
            "  insmod [options] FILE [PARAMETER=VALUE...]\n", kOptions, runs<run>);

}  // namespace kmodpp::cli
