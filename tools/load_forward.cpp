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

}  // namespace

const CompleteTools& complete_tools() {
    static const auto tools = open_tools();
    if (tools) return **tools;
    Messages(program_invocation_short_name).fatal(tools.error().message);
    static_cast<void>(std::fflush(stdout));
    std::exit(kFailure);
}

int run_other_command(int argc, char** argv) {
    return complete_tools().run_other_command(argc, argv);
}

bool run_plan_query(const ModprobeOptions& options, Mode mode, const Context& context,
                    Messages& messages) {
    return complete_tools().run_plan_query(options, mode, context, messages);
}

bool verify_modules(const CommonOptions& options, bool all, NameKind kind,
                    const Context& context, Messages& messages) {
    return complete_tools().verify_modules(options, all, kind, context, messages);
}

bool show_configuration_check(const Context& context, Form form, Messages& messages) {
    return complete_tools().show_configuration_check(context, form, messages);
}

Result<std::string> configuration_as_json(const Context& context) {
    return complete_tools().configuration_as_json(context);
}

std::string versions_as_json(const std::vector<SymbolVersion>& versions) {
    return complete_tools().versions_as_json(versions);
}

std::string modules_as_json(const ModuleList& modules) {
    return complete_tools().modules_as_json(modules);
}

std::string report_as_json(const ModuleInfo& info, bool terminal) {
    return complete_tools().report_as_json(info, terminal);
}

std::string nodes_as_json(const std::vector<DeviceNode>& nodes) {
    return complete_tools().nodes_as_json(nodes);
}

std::string outcome_document(const Outcome& outcome) {
    return complete_tools().outcome_document(outcome);
}

std::string error_document(const Error& error) {
    return complete_tools().error_document(error);
}

}  // namespace kmodpp::cli
