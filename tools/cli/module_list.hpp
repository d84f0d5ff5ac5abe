// SPDX-License-Identifier: LGPL-2.1-or-later
// The modules in a kernel, as lsmod shows them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/loaded_module.hpp>

namespace kmodpp::cli {

using ModuleList = std::vector<LoadedModule>;

/// "name": by the alphabet; "size": the largest first; "used": most references first.
/// What is equal stands in the order of the names. False: there is no such order.
[[nodiscard]] bool sort_modules(ModuleList& modules, std::string_view order);

/// The columns that scripts read.
[[nodiscard]] std::string modules_as_table(const ModuleList& modules);

/// The modules that no other uses, and indented below each what it uses. Each module is
/// shown in full once; where it is needed again there is a pointer to that place. A list
/// in which modules use each other in a circle has all of them in it too.
[[nodiscard]] std::string modules_as_tree(const ModuleList& modules);

/// An array of objects.
[[nodiscard]] std::string modules_as_json(const ModuleList& modules);

/// uses[i]: the places in the list of the modules that module i uses, ascending.
[[nodiscard]] std::vector<std::vector<std::size_t>> uses_of(const ModuleList& modules);

}  // namespace kmodpp::cli
