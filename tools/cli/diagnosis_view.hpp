// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints why a load or a removal failed, and problems with parameters, as messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/diagnosis.hpp>
#include <kmodpp/request.hpp>
#include <kmodpp/result.hpp>

#include "cli/messages.hpp"

namespace kmodpp::cli {

/// Prints each finding, then the advice. If libkmodpp cannot be opened, prints the error
/// instead.
/// \param headline the message that was printed before; findings that it contains are
/// not repeated
void show_findings(const Result<std::vector<Finding>>& findings, std::string_view headline,
                   Priority priority, Messages& messages);

/// Describes a removal that was not tried because the module is in use, for
/// Context::diagnose.
[[nodiscard]] StepFailure busy_removal(const std::string& module);

/// Prints the findings, the advice, and the remaining lines of the kernel's log. If
/// libkmodpp cannot be opened, prints the error instead.
void show_diagnosis(const Result<Diagnosis>& diagnosis, std::string_view headline,
                    Messages& messages);

/// Warns once about each parameter that is unknown or has a bad value. A bad value is
/// only reported if the diagnosis of the load does not already report it.
class ParameterWarnings {
public:
    explicit ParameterWarnings(Messages& messages) : messages_(messages) {}

    /// Must be called before the load.
    void add(const ParameterProblem& problem);
    /// Must be called after the load.
    /// \param reported the diagnosis that was printed; null: none
    void finish(const Diagnosis* reported);

private:
    Messages& messages_;
    std::vector<std::string> bad_values_;
};

}  // namespace kmodpp::cli
