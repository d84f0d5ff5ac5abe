// SPDX-License-Identifier: LGPL-2.1-or-later
// The words in which the tools say why a kernel refused something.
#pragma once

#include <string>
#include <string_view>

#include <kmodpp/result.hpp>

#include "cli/messages.hpp"

namespace kmodpp::cli {

/// "Invalid module format" for ENOEXEC, …: what scripts read behind insmod's errors.
[[nodiscard]] std::string insmod_error_text(const Error& error);
/// The same behind modprobe's "could not insert".
[[nodiscard]] std::string modprobe_error_text(const Error& error);
/// strerror of the error's code, or its message when no call failed.
[[nodiscard]] std::string plain_error_text(const Error& error);

/// Says below the error what the kernel or the reader of the file had to say, if that is
/// more than the words above. `module` is the module or file that the error was about.
void show_cause(const Error& error, std::string_view module, Messages& messages);

}  // namespace kmodpp::cli
