// SPDX-License-Identifier: LGPL-2.1-or-later
// Predicts which steps of a plan would fail, without loading anything.
#pragma once

#include <vector>

#include "diagnose/diagnosis.hpp"
#include "kmodpp/diagnosis.hpp"
#include "kmodpp/plan.hpp"
#include "kmodpp/request.hpp"

namespace kmodpp {

/// Runs the examinations of a diagnosis on the files of a goal: the file itself, the
/// kernel it was built for, signature and lockdown, symbols and their versions,
/// parameters. Each step sees the modules of earlier steps as loaded. Reports only what
/// the kernel is sure to refuse or ignore. \return a forecast for each step that has
/// something to report
[[nodiscard]] std::vector<LoadForecast> foresee(const Goal& goal, LoadFlags flags,
                                                const DiagnosisSources& sources);

}  // namespace kmodpp
