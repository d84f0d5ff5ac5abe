// SPDX-License-Identifier: LGPL-2.1-or-later
// What the terminal can show, whether output is in colour, and the escaping of untrusted
// text before it is printed to a terminal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kmodpp::cli {

[[nodiscard]] bool stdout_is_terminal();
/// Whether the descriptor is a terminal that obeys control sequences: not if TERM is
/// unset or "dumb".
[[nodiscard]] bool obeys_control_sequences(int descriptor);

/// The values of --color.
enum class ColourUse { automatic, always, never };
/// Reads "auto", "always" or "never"; nullopt: another text.
[[nodiscard]] std::optional<ColourUse> read_colour_use(std::string_view word);
/// Whether output to the descriptor is in colour. Automatic: on a terminal that obeys
/// control sequences, unless NO_COLOR is set and not empty (no-color.org).
[[nodiscard]] bool is_in_colour(ColourUse use, int descriptor);

/// Whether the locale of the environment uses UTF-8. Does not change the locale of the
/// process.
[[nodiscard]] bool locale_is_utf8();

/// Escapes control characters (C0, DEL, C1), bidirectional controls and bytes that are
/// not UTF-8 as \xNN. Keeps tabs and newlines, but indents the lines after a newline,
/// so that they cannot be mistaken for lines of the tool.
[[nodiscard]] std::string terminal_text(std::string_view text);

/// The same for a single line: tabs and newlines are escaped, too.
[[nodiscard]] std::string terminal_line(std::string_view text);

/// The same for output of several lines: newlines and tabs are kept as they are.
[[nodiscard]] std::string terminal_output(std::string_view text);

}  // namespace kmodpp::cli
