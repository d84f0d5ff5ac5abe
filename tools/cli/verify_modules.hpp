// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks signatures for modinfo --verify.
#pragma once

#include <kmodpp/context.hpp>

#include "cli/messages.hpp"
#include "cli/options.hpp"

namespace kmodpp::cli {

/// Prints the verdict of each operand, or of the modules of the release with a summary.
/// Returns false if a module is not trusted.
/// \param all check all modules of the release
/// \param kind of the operands
[[nodiscard]] bool verify_modules(const CommonOptions& options, bool all, NameKind kind,
                                  const Context& context, Messages& messages);

}  // namespace kmodpp::cli
