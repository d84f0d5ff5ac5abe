// SPDX-License-Identifier: LGPL-2.1-or-later
// Foreign text on a terminal, where control characters would be obeyed.
#pragma once

#include <string>
#include <string_view>

namespace kmodpp::cli {

/// Whether a person sees what is printed to stdout.
[[nodiscard]] bool stdout_is_terminal();

/// The text with control characters (C0, DEL, C1), the marks that change the direction
/// of writing, and bytes that are not UTF-8 as \xNN. Tabs and newlines stay, but a line
/// after a newline begins with a blank, so that none can pass for a line of ours.
[[nodiscard]] std::string terminal_text(std::string_view text);

/// The same for a text that is to stay one line: tabs and newlines are escaped too.
[[nodiscard]] std::string terminal_line(std::string_view text);

/// The same for output that has lines of its own: newlines and tabs stay.
[[nodiscard]] std::string terminal_output(std::string_view text);

}  // namespace kmodpp::cli
