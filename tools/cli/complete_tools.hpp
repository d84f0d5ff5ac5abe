// SPDX-License-Identifier: LGPL-2.1-or-later
// What the tools in libkmodpp-load and depmod call in libkmodpp, which is opened when one
// of these functions is called.
#pragma once

#include <kmodpp/export.hpp>

#include "cli/config_views.hpp"
#include "cli/depmod_statistics.hpp"
#include "cli/device_nodes.hpp"
#include "cli/document.hpp"
#include "cli/kmod_commands.hpp"
#include "cli/module_list.hpp"
#include "cli/module_report.hpp"
#include "cli/plan_queries.hpp"
#include "cli/verification_view.hpp"
#include "cli/verify_modules.hpp"

namespace kmodpp::cli {

struct CompleteTools {
    decltype(&cli::run_other_command) run_other_command;
    decltype(&cli::run_plan_query) run_plan_query;
    decltype(&cli::verify_modules) verify_modules;
    decltype(&cli::show_configuration_check) show_configuration_check;
    decltype(&cli::configuration_as_json) configuration_as_json;
    decltype(&cli::versions_as_json) versions_as_json;
    decltype(&cli::modules_as_json) modules_as_json;
    decltype(&cli::report_as_json) report_as_json;
    decltype(&cli::nodes_as_json) nodes_as_json;
    decltype(&cli::outcome_document) outcome_document;
    decltype(&cli::error_document) error_document;
    decltype(&cli::statistics_as_json) statistics_as_json;
    decltype(&cli::verdict_as_json) verdict_as_json;
};

/// Defined in libkmodpp-load. Prints an error and exits if libkmodpp cannot be opened.
[[nodiscard]] KMODPP_API const CompleteTools& complete_tools();

}  // namespace kmodpp::cli

/// Exported by libkmodpp. Never null.
extern "C" KMODPP_API const kmodpp::cli::CompleteTools* kmodpp_complete_tools();
