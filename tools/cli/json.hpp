// SPDX-License-Identifier: LGPL-2.1-or-later
// JSON as the tools print it (see docs/json.md). Only include it where JSON is created:
// the JSON library is slow to compile.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cli/terminal.hpp"

namespace kmodpp::cli {

/// Keeps members in the order in which they were added.
using Json = nlohmann::ordered_json;

/// Two spaces of indentation per level, and a newline at the end. Names and values may
/// come from untrusted files: bytes that are not UTF-8 become U+FFFD.
/// \param ascii print non-ASCII characters as \uXXXX: a terminal interprets some of
/// them
[[nodiscard]] inline std::string json_text(const Json& json,
                                           bool ascii = stdout_is_terminal()) {
    return json.dump(2, ' ', ascii, Json::error_handler_t::replace) + "\n";
}

/// The same, indented as an array element and without the final newline.
[[nodiscard]] inline std::string json_element(const Json& json, bool ascii) {
    std::string text = "  ";
    for (const char c : json_text(json, ascii)) {
        text += c;
        if (c == '\n') text += "  ";
    }
    text.resize(text.size() - std::string_view("\n  ").size());
    return text;
}

}  // namespace kmodpp::cli
