// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the parameters that will not do what was meant, before a kernel is asked.
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

/// \param module normalised name of a module of modules.dep or of a builtin module
[[nodiscard]] Result<KnownParameters> read_known_parameters(Catalog& catalog,
                                                            const std::string& module);

/// Problems in the order of the parameters.
[[nodiscard]] std::vector<ParameterProblem> check_parameters(
    std::string_view module, std::string_view parameters, const KnownParameters& known);

/// The same of a module file. None for a file that is not a sound module: the load will
/// report that.
[[nodiscard]] std::vector<ParameterProblem> check_parameters(std::string_view module,
                                                             std::string_view parameters,
                                                             io::ModuleFile& file);

/// The same of a step that loads the file, with the origins of the parameters.
[[nodiscard]] std::vector<ParameterProblem> check_parameters(const Step& step,
                                                             io::ModuleFile& file);

/// The same of a builtin module, of which every parameter is a problem.
[[nodiscard]] std::vector<ParameterProblem> check_builtin_parameters(
    std::string_view module, std::string_view parameters, const KnownParameters& known);

}  // namespace kmodpp
