// SPDX-License-Identifier: LGPL-2.1-or-later
// Shows why a kernel refused: messages for people, JSON for programs.
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

/// The object that docs/json.md describes, with a newline.
[[nodiscard]] std::string diagnosis_json(const Diagnosis& diagnosis);
/// An array of them.
[[nodiscard]] std::string diagnoses_json(const std::vector<Diagnosis>& diagnoses);

}  // namespace kmodpp::cli
