// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions that the tools in libkmodpp-load call.
#include "cli/complete_tools.hpp"

namespace cli = kmodpp::cli;

static constexpr cli::CompleteTools kFunctions = {
    &cli::run_other_command,        &cli::run_plan_query,        &cli::verify_modules,
    &cli::show_configuration_check, &cli::configuration_as_json, &cli::versions_as_json,
    &cli::modules_as_json,          &cli::report_as_json,        &cli::nodes_as_json,
    &cli::outcome_document,         &cli::error_document,        &cli::statistics_as_json,
    &cli::verdict_as_json,
};

const cli::CompleteTools* kmodpp_complete_tools() { return &kFunctions; }
