// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes and removes the configuration files that forbid one module each.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "io/root.hpp"

namespace kmodpp {

/// The file for a module within a root: "/etc/modprobe.d/forbid-NAME.conf".
/// \param module normalised
[[nodiscard]] std::string forbid_file(std::string_view module);

/// Fails with malformed unless the name can be that of a module in a line of modprobe.d,
/// and the text the rest of such a line.
[[nodiscard]] Status check_forbid_words(std::string_view module, std::string_view text);

/// Writes the file and returns whether its text has changed. conflict: the file has lines
/// that do not forbid this module.
/// \param root links that leave it are not followed
[[nodiscard]] Result<bool> write_forbid_file(const io::Root& root,
                                             std::string_view module,
                                             std::string_view text);

/// Removes the file and returns whether it existed. conflict: as for
/// write_forbid_file().
[[nodiscard]] Result<bool> remove_forbid_file(const io::Root& root,
                                              std::string_view module);

}  // namespace kmodpp
