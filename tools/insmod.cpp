// SPDX-License-Identifier: LGPL-2.1-or-later
// insmod: loads one module file.
#include <algorithm>
#include <optional>
#include <utility>

#include <kmodpp/context.hpp>

#include "cli/diagnosis_view.hpp"
#include "cli/load_errors.hpp"
#include "cli/tool.hpp"
#include "cli/words.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kOptions[] = {
    {'f', "force", nullptr, "force the load; implies both options below", nullptr},
    {0, "force-modversion", nullptr, "ignore the module's symbol versions", nullptr},
    {0, "force-vermagic", nullptr, "ignore the module's version magic", nullptr},
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
    {'p', nullptr, nullptr, nullptr, nullptr},  // accepted for old scripts, no effect
};

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

int run(const Arguments& arguments, Messages& messages) {
    if (arguments.operands().empty()) {
        messages.error("missing filename.");
        return kFailure;
    }
    const std::string& file = arguments.operands().front();
    if (file == "-") {
        messages.error("this tool does not support loading from stdin!");
        return kFailure;
    }
    auto context = Context::create({.simulate = arguments.value("simulate")}, messages);
    if (!context) {
        messages.fatal(context.error().message);
        return kFailure;
    }
    // One word may contain several parameters: LiME documents "path=x format=raw".
    const std::string parameters = join_parameters(
        {arguments.operands().begin() + 1, arguments.operands().end()},
        [&, info = std::optional<ModuleInfo>()](std::string_view name) mutable {
            if (!info) info = describe_file(*context, file);
            return has_parameter(*info, name);
        });
    const bool force = arguments.has("force");
    ExecuteOptions options;
    options.load = {
        .ignore_modversions = force || arguments.has("force-modversion"),
        .ignore_vermagic = force || arguments.has("force-vermagic"),
    };
    ParameterWarnings warnings(messages);
    options.parameter_problem = [&](const ParameterProblem& problem) {
        warnings.add(problem);
    };
    options.keep_kernel_log = true;
    messages.info("insmod " + file + " " + parameters);
    const auto loaded = context->insert_file(file, parameters, options);
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
    const auto diagnosis = context->diagnose(loaded.error(), options.load);
    if (diagnosis) show_diagnosis(*diagnosis, message, messages);
    warnings.finish(diagnosis ? &*diagnosis : nullptr);
    return kFailure;
}

}  // namespace

const Tool kInsmod = {"insmod", "insert a module into the kernel",
                      "  insmod [options] FILE [PARAMETER=VALUE...]\n", kOptions, run};

}  // namespace kmodpp::cli
