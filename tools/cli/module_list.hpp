// SPDX-License-Identifier: LGPL-2.1-or-later
// Formats the list of loaded modules for lsmod.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/loaded_module.hpp>

#include "cli/styled_text.hpp"

namespace kmodpp::cli {

using ModuleList = std::vector<LoadedModule>;

/// Sorts by "name"; by "size", largest first; or by "used", most references first. Ties
/// are ordered by name. Returns false for an unknown order.
[[nodiscard]] bool sort_modules(ModuleList& modules, std::string_view order);

/// The widths of the columns of a table.
enum class Columns {
    fixed,   ///< those of kmod's lsmod
    fitted,  ///< for people: long names and sizes fit; control characters are escaped
};
/// The table of kmod's lsmod, which scripts parse.
[[nodiscard]] StyledText modules_as_table(const ModuleList& modules, Columns columns);

/// The modules that no other module uses, each followed by the modules it uses,
/// indented. Each module is shown in full once; a repetition refers to that place.
/// Modules that use each other in a cycle are included.
[[nodiscard]] StyledText modules_as_tree(const ModuleList& modules);

/// A JSON array of objects.
[[nodiscard]] std::string modules_as_json(const ModuleList& modules);

/// uses[i]: positions in the list of the modules that module i uses, ascending.
[[nodiscard]] std::vector<std::vector<std::size_t>> uses_of(const ModuleList& modules);

}  // namespace kmodpp::cli
