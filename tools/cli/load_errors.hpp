// SPDX-License-Identifier: LGPL-2.1-or-later
// The words in which the tools say why a kernel refused something.
#pragma once

#include <string>

#include <kmodpp/result.hpp>

namespace kmodpp::cli {

/// "Invalid module format" for ENOEXEC, …: what scripts read behind insmod's errors.
[[nodiscard]] std::string insmod_error_text(const Error& error);
/// The same behind modprobe's "could not insert".
[[nodiscard]] std::string modprobe_error_text(const Error& error);
/// strerror of the error's code, or its message when no call failed.
[[nodiscard]] std::string plain_error_text(const Error& error);

}  // namespace kmodpp::cli
