// SPDX-License-Identifier: LGPL-2.1-or-later
// Error texts for modules that the kernel refused, as kmod prints them.
#pragma once

#include <string>

#include <kmodpp/result.hpp>

namespace kmodpp::cli {

/// The text after insmod's "could not insert module", which scripts read: "Invalid
/// module format" for ENOEXEC, ….
[[nodiscard]] std::string insmod_error_text(const Error& error);
/// The same for modprobe's "could not insert".
[[nodiscard]] std::string modprobe_error_text(const Error& error);
/// strerror of the error's code, or its message if no call failed.
[[nodiscard]] std::string plain_error_text(const Error& error);

}  // namespace kmodpp::cli
