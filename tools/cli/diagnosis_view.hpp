// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints why a load or a removal failed, and problems of parameters, as messages or as JSON.
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

/// Warns of parameters that will not do what was meant, of each once. A value that the
/// kernel will refuse is an error of that refusal; it is a warning only when no refusal
/// reports it.
class ParameterWarnings {
public:
    explicit ParameterWarnings(Messages& messages) : messages_(messages) {}

    /// Before the load.
    void add(const ParameterProblem& problem);
    /// After it. \param reported the diagnosis that was shown; null: there was none
    void finish(const Diagnosis* reported);

private:
    Messages& messages_;
    std::vector<std::string> bad_values_;
};

}  // namespace kmodpp::cli
