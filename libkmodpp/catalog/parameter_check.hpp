// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds unknown and invalid parameters before a module is loaded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.hpp"
#include "format/known_parameters.hpp"
#include "io/module_file.hpp"
#include "kmodpp/diagnosis.hpp"
#include "kmodpp/plan.hpp"

namespace kmodpp {

/// Reads the parameters that a module declares.
/// \param module the normalised name of a module in modules.dep or of a builtin module
[[nodiscard]] Result<KnownParameters> read_known_parameters(Catalog& catalog,
                                                            const std::string& module);

/// Returns the problems in the order of the parameters.
[[nodiscard]] std::vector<ParameterProblem> check_parameters(
    std::string_view module, std::string_view parameters, const KnownParameters& known);

/// The same for a module file. Returns no problems if the file is not a valid module:
/// the load will report that.
[[nodiscard]] std::vector<ParameterProblem> check_parameters(std::string_view module,
                                                             std::string_view parameters,
                                                             io::ModuleFile& file);

/// The same for a step that loads the module; sets the origins of the parameters.
[[nodiscard]] std::vector<ParameterProblem> check_parameters(
    const Step& step, const KnownParameters& known);
[[nodiscard]] std::vector<ParameterProblem> check_parameters(const Step& step,
                                                             io::ModuleFile& file);

/// The same for a builtin module, for which every parameter is a problem.
[[nodiscard]] std::vector<ParameterProblem> check_builtin_parameters(
    std::string_view module, std::string_view parameters, const KnownParameters& known);

}  // namespace kmodpp
