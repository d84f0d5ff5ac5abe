// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds out what would keep a plan from succeeding, without asking a kernel to load.
#pragma once

#include <vector>

#include "diagnose/diagnosis.hpp"
#include "kmodpp/diagnosis.hpp"
#include "kmodpp/plan.hpp"
#include "kmodpp/request.hpp"

namespace kmodpp {

/// Runs the examinations of a diagnosis over the files of a goal: the file itself, the
/// kernel that it was built for, signature and lockdown, symbols and their versions,
/// parameters. What a step loads is there for the steps after it. Only a finding that the
/// kernel would act on counts; what cannot be known here does not.
/// \return a forecast for each step with something to report
[[nodiscard]] std::vector<LoadForecast> foresee(const Goal& goal, LoadFlags flags,
                                                const DiagnosisSources& sources);

}  // namespace kmodpp
