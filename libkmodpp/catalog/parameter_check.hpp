// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether the parameters of a load do what was meant, asked before the kernel is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/elf.hpp"
#include "format/modinfo.hpp"
#include "io/module_file.hpp"
#include "kmodpp/diagnosis.hpp"
#include "kmodpp/module_info.hpp"
#include "kmodpp/plan.hpp"

namespace kmodpp {

/// A parameter that a module declares.
struct DeclaredParameter {
    std::string name;
    std::string type;  ///< empty: any value, as far as is known
};

/// Problems in the order of the parameters. \param long_size bytes of the kernel's long
[[nodiscard]] std::vector<ParameterProblem> check_parameters(
    std::string_view module, std::string_view parameters,
    const std::vector<DeclaredParameter>& declared, std::size_t long_size);

/// The same by what a module file declares. None for a file that is no sound module: the
/// load will say so.
[[nodiscard]] std::vector<ParameterProblem> check_parameters(std::string_view module,
                                                             std::string_view parameters,
                                                             io::ModuleFile& file);

/// The same of a step that loads the file; with the origins of the parameters.
[[nodiscard]] std::vector<ParameterProblem> check_parameters(const Step& step,
                                                             io::ModuleFile& file);

/// The same of a module that is part of the kernel: each parameter is a problem.
[[nodiscard]] std::vector<ParameterProblem> check_builtin_parameters(
    std::string_view module, std::string_view parameters,
    const std::vector<ParameterField>& declared);

}  // namespace kmodpp
