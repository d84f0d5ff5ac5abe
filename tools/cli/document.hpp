// SPDX-License-Identifier: LGPL-2.1-or-later
// The JSON document that a tool prints with --json, also if it fails.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <kmodpp/diagnosis.hpp>
#include <kmodpp/plan.hpp>
#include <kmodpp/result.hpp>

#include "cli/messages.hpp"
#include "cli/options.hpp"

namespace kmodpp::cli {

/// The result of a run that loads or removes modules.
struct Outcome {
    std::string release;
    std::vector<Step> loaded;    ///< in the order in which they were loaded
    std::vector<Step> removed;   ///< in the order in which they were removed
    std::vector<Step> commands;  ///< install and remove commands that were run
    /// Modules that were skipped, and the reason: "blacklisted".
    std::vector<std::pair<std::string, std::string>> skipped;
    /// Operands that could not be planned, and the error.
    std::vector<std::pair<std::string, Error>> without_plan;
    std::vector<Diagnosis> refused;
};

/// The object that docs/json.md describes, with a newline.
[[nodiscard]] std::string outcome_document(const Outcome& outcome);

/// The document if the run fails as a whole: {"error": {"kind": …, "message": …}}, with
/// a newline.
[[nodiscard]] std::string error_document(const Error& error);

/// Prints an error that ends a run, with --json also as a document. Returns the exit
/// status.
int report_failure(const Error& error, const CommonOptions& options, Messages& messages,
                   Priority priority = Priority::error);

/// While an object of this class exists, all output to stdout goes to stderr, including
/// the output of install and remove commands.
class DocumentOutput {
public:
    DocumentOutput();
    DocumentOutput(const DocumentOutput&) = delete;
    DocumentOutput& operator=(const DocumentOutput&) = delete;
    ~DocumentOutput();

private:
    int stdout_ = -1;  ///< a duplicate of the original stdout
};

}  // namespace kmodpp::cli
