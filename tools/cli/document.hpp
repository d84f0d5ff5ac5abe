// SPDX-License-Identifier: LGPL-2.1-or-later
// The one JSON document that a tool prints with --json, whatever comes of its call.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <kmodpp/diagnosis.hpp>
#include <kmodpp/plan.hpp>
#include <kmodpp/result.hpp>

namespace kmodpp::cli {

/// What became of a call that loads or removes modules.
struct Outcome {
    std::string release;
    std::vector<Step> loaded;    ///< in the order in which they went in
    std::vector<Step> removed;   ///< in the order in which they went
    std::vector<Step> commands;  ///< of the configuration, that were run
    /// Names of modules that were left out, and why: "blacklisted".
    std::vector<std::pair<std::string, std::string>> skipped;
    /// Operands for which there is no plan, and why.
    std::vector<std::pair<std::string, Error>> without_plan;
    std::vector<Diagnosis> refused;
};

/// The object that docs/json.md describes, with a newline.
[[nodiscard]] std::string outcome_document(const Outcome& outcome);

/// What stands in the place of any other document when a call fails as a whole:
/// {"error": {"kind": …, "message": …}}, with a newline.
[[nodiscard]] std::string error_document(const Error& error);

/// While it lives, whatever else is printed to stdout, by commands of the configuration
/// too, goes to stderr.
class DocumentOutput {
public:
    DocumentOutput();
    DocumentOutput(const DocumentOutput&) = delete;
    DocumentOutput& operator=(const DocumentOutput&) = delete;
    ~DocumentOutput();

private:
    int stdout_ = -1;  ///< a copy of the descriptor
};

}  // namespace kmodpp::cli
