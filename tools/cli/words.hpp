// SPDX-License-Identifier: LGPL-2.1-or-later
// Words: texts of the environment taken apart as a shell does, parameters put together.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::cli {

/// Words separated by blanks; single and double quotes group, a backslash takes the next
/// character as it is. A quote that is not closed goes to the end.
[[nodiscard]] std::vector<std::string> split_shell_words(std::string_view text);

/// The word so quoted that split_shell_words gives it back whole.
[[nodiscard]] std::string quote_shell_word(std::string_view word);

/// The words "a=1", "b=x y" as one parameter string; a value with a blank that is not
/// quoted is quoted.
/// \param is_parameter whether the module has a parameter of that name. Then a word may
/// hold several: "a=x b=y". Empty: every word is one parameter.
[[nodiscard]] std::string join_parameters(
    const std::vector<std::string>& words,
    const std::function<bool(std::string_view)>& is_parameter = {});

}  // namespace kmodpp::cli
