// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds out what a forbid line for a module does not prevent.
#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "kmodpp/forbid.hpp"

namespace kmodpp {

/// malformed: the name is that of an alias.
/// \param module normalised
/// \param loaded whether the kernel of this configuration has loaded it
/// \param command_line of that kernel
[[nodiscard]] Result<std::vector<ForbidRemark>> remarks_on_forbidding(
    Catalog& catalog, const std::string& module, bool loaded,
    std::string_view command_line);

/// The lines of the configuration that keep a module from being loaded, in the order in
/// which they are read: forbid lines, then install lines whose command does nothing.
[[nodiscard]] std::vector<ConfigRule> lines_that_forbid(const Catalog& catalog,
                                                        const std::string& module);

}  // namespace kmodpp
