// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints how kmod forbid and kmod allow have changed the configuration.
#pragma once

#include <string>

#include <kmodpp/forbid.hpp>

namespace kmodpp::cli {

/// One line that states the result, and a line for each remark.
[[nodiscard]] std::string forbid_as_text(const ForbidChange& change);
[[nodiscard]] std::string allow_as_text(const ForbidChange& change);
/// A JSON object for either command; see docs/json.md.
[[nodiscard]] std::string change_as_json(const ForbidChange& change);

}  // namespace kmodpp::cli
