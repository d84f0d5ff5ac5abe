// SPDX-License-Identifier: LGPL-2.1-or-later
// insmod: loads one module file.
#include <kmodpp/context.hpp>

#include "cli/load_errors.hpp"
#include "cli/tool.hpp"

namespace kmodpp::cli {

namespace {

constexpr Option kOptions[] = {
    {'f', "force", nullptr, "force the load; implies both options below", nullptr},
    {0, "force-modversion", nullptr, "ignore the versions of symbols", nullptr},
    {0, "force-vermagic", nullptr, "ignore the version magic", nullptr},
    kSimulateOption,
    kSyslogOption,
    kVerboseOption,
    kVersionOption,
    kHelpOption,
    {'p', nullptr, nullptr, nullptr, nullptr},  // of old scripts; without effect
};

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
    const std::string parameters =
        join_parameters({arguments.operands().begin() + 1, arguments.operands().end()});

    auto context = Context::create({.simulate = arguments.value("simulate")}, messages);
    if (!context) {
        messages.fatal(context.error().message);
        return kFailure;
    }
    const bool force = arguments.has("force");
    const LoadFlags flags = {
        .ignore_modversions = force || arguments.has("force-modversion"),
        .ignore_vermagic = force || arguments.has("force-vermagic"),
    };
    messages.info("insmod " + file + " " + parameters);
    const auto loaded = context->insert_file(file, parameters, flags);
    if (loaded) return kSuccess;
    const bool no_file = loaded.error().kind == ErrorKind::not_found;
    messages.error((no_file ? "could not load module " : "could not insert module ") +
                   file + ": " + insmod_error_text(loaded.error()));
    if (!no_file) show_cause(loaded.error(), file, messages);
    return kFailure;
}

}  // namespace

const Tool kInsmod = {"insmod", "insert a module into the kernel",
                      "  insmod [options] FILE [PARAMETER=VALUE...]\n", kOptions, run};

}  // namespace kmodpp::cli
