// SPDX-License-Identifier: LGPL-2.1-or-later
// Splits module parameters as the kernel does (source: kernel/params.c, lib/cmdline.c).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp {

/// One "name=value" of a parameter string. Owns its text. Without '=' there is no
/// value.
struct Parameter {
    std::string name;
    std::optional<std::string> value;
};

/// Splits at blanks outside double quotes. Quotes that enclose the value or the whole
/// word are removed; they cannot be escaped. Parsing stops at "--".
[[nodiscard]] std::vector<Parameter> split_parameters(std::string_view text);

/// The text after that "--", which is not parsed; nullopt if there is none.
[[nodiscard]] std::optional<std::string_view> text_after_dashes(std::string_view text);

}  // namespace kmodpp
