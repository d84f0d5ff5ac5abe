// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions of the tools in libkmodpp, as those in libkmodpp-load see them.
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "cli/complete_tools.hpp"
#include "load/forward.hpp"

namespace kmodpp::cli {

namespace {

Result<const CompleteTools*> open_tools() {
    TRY_ASSIGN(const auto library, open_complete());
    decltype(&::kmodpp_complete_tools) get = nullptr;
    TRY(library.bind(get, "kmodpp_complete_tools"));
    return get();
}

/// Prints an error and exits if libkmodpp cannot be opened.
const CompleteTools& complete() {
    static const auto tools = open_tools();
    if (tools) return **tools;
    Messages(program_invocation_short_name).fatal(tools.error().message);
    static_cast<void>(std::fflush(stdout));
    std::exit(kFailure);
}

}  // namespace

int run_other_command(int argc, char** argv) {
    return complete().run_other_command(argc, argv);
}

bool run_plan_query(const ModprobeOptions& options, Mode mode, const Context& context,
                    Messages& messages) {
    return complete().run_plan_query(options, mode, context, messages);
}

bool verify_modules(const CommonOptions& options, bool all, NameKind kind,
                    const Context& context, Messages& messages) {
    return complete().verify_modules(options, all, kind, context, messages);
}

bool show_configuration_check(const Context& context, Form form, Messages& messages) {
    return complete().show_configuration_check(context, form, messages);
}

Result<std::string> configuration_as_json(const Context& context) {
    return complete().configuration_as_json(context);
}

std::string versions_as_json(const std::vector<SymbolVersion>& versions) {
    return complete().versions_as_json(versions);
}

std::string modules_as_json(const ModuleList& modules) {
    return complete().modules_as_json(modules);
}

std::string report_as_json(const ModuleInfo& info, bool terminal) {
    return complete().report_as_json(info, terminal);
}

std::string nodes_as_json(const std::vector<DeviceNode>& nodes) {
    return complete().nodes_as_json(nodes);
}

std::string outcome_document(const Outcome& outcome) {
    return complete().outcome_document(outcome);
}

std::string error_document(const Error& error) {
    return complete().error_document(error);
}

}  // namespace kmodpp::cli
