// SPDX-License-Identifier: LGPL-2.1-or-later
// What a list of loads came to on a simulated kernel.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <kmodpp/diagnosis.hpp>
#include <kmodpp/plan.hpp>

namespace kmodpp::cli {

/// Plain data.
struct Rehearsal {
    std::string release;
    std::vector<Step> loaded;  ///< in the order in which they went in
    /// Names of modules that were left out, and why: "blacklisted".
    std::vector<std::pair<std::string, std::string>> skipped;
    /// Names that could not be planned, and what was said of them.
    std::vector<std::pair<std::string, std::string>> unknown;
    std::vector<Diagnosis> refused;
};

/// The object that docs/json.md describes, with a newline.
[[nodiscard]] std::string rehearsal_json(const Rehearsal& rehearsal);

}  // namespace kmodpp::cli
