// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the symbols of a module file and their versions.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/root.hpp"
#include "kmodpp/configuration.hpp"

namespace kmodpp {

/// The expected versions of the symbols that a module needs, in file order.
/// \param path within the root
[[nodiscard]] Result<std::vector<SymbolVersion>> read_symbol_versions(
    const io::Root& root, std::string_view path);

/// The symbols that a module exports, in symbol table order.
[[nodiscard]] Result<std::vector<SymbolVersion>> read_exports(const io::Root& root,
                                                              std::string_view path);

}  // namespace kmodpp
