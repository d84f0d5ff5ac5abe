// SPDX-License-Identifier: LGPL-2.1-or-later
// Splits strings into words as a shell does, and joins module parameters.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::cli {

/// Splits at white space. Single and double quotes group, a backslash escapes the next
/// character. An unclosed quote ends at the end of the text.
[[nodiscard]] std::vector<std::string> split_shell_words(std::string_view text);

/// Quotes a word, if necessary, so that split_shell_words returns it unchanged.
[[nodiscard]] std::string quote_shell_word(std::string_view word);

/// Joins words such as "a=1" and "b=x y" to one parameter string. Unquoted values that
/// contain a space are quoted.
/// \param is_parameter whether the module has a parameter of that name. If set, a word
/// may contain several parameters: "a=x b=y". If empty, every word is one parameter.
[[nodiscard]] std::string join_parameters(
    const std::vector<std::string>& words,
    const std::function<bool(std::string_view)>& is_parameter = {});

}  // namespace kmodpp::cli
