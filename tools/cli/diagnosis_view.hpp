// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows why a kernel refused, and what it will make of parameters, as messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/diagnosis.hpp>
#include <kmodpp/result.hpp>

#include "cli/messages.hpp"

namespace kmodpp::cli {

/// Below the line that says what failed: each finding, what can be done, and what else
/// the kernel logged. \param said that line; nothing of it is repeated
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
