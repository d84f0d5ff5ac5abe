// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the symbols of a module file with their versions.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/root.hpp"
#include "kmodpp/configuration.hpp"

namespace kmodpp {

/// The versions that a module expects of the symbols it needs, in the order of the file.
/// \param path within the root
[[nodiscard]] Result<std::vector<SymbolVersion>> read_symbol_versions(
    const io::Root& root, std::string_view path);

/// The symbols that a module exports, in the order of its symbol table.
[[nodiscard]] Result<std::vector<SymbolVersion>> read_exports(const io::Root& root,
                                                              std::string_view path);

}  // namespace kmodpp
