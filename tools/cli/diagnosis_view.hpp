// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints why a load or a removal failed: as messages or as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/diagnosis.hpp>
#include <kmodpp/request.hpp>
#include <kmodpp/result.hpp>

#include "cli/messages.hpp"

namespace kmodpp::cli {

/// Prints each finding, then the advice. \param said the message before; findings that it
/// contains are not repeated
void show_findings(const std::vector<Finding>& findings, std::string_view said,
                   Priority priority, Messages& messages);

/// A removal that was not tried because the module is in use: for Context::diagnose.
[[nodiscard]] StepFailure busy_removal(const std::string& module);

/// Prints the findings, the advice, and what else the kernel logged.
void show_diagnosis(const Diagnosis& diagnosis, std::string_view said,
                    Messages& messages);

/// The object that docs/json.md describes, with a newline.
[[nodiscard]] std::string diagnosis_json(const Diagnosis& diagnosis);
/// An array of them.
[[nodiscard]] std::string diagnoses_json(const std::vector<Diagnosis>& diagnoses);

}  // namespace kmodpp::cli
