// SPDX-License-Identifier: LGPL-2.1-or-later
// JSON as the tools print it (see docs/json.md). To be included by the files that make it
// and by no others: it is much to compile.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cli/terminal.hpp"

namespace kmodpp::cli {

/// Members stay in the order in which they were added.
using Json = nlohmann::ordered_json;

/// Two blanks a level and a newline at the end. Names and values come out of untrusted
/// files: bytes that are not UTF-8 become U+FFFD.
/// \param ascii everything else as \uXXXX: for a terminal, which obeys some characters
[[nodiscard]] inline std::string json_text(const Json& json,
                                           bool ascii = stdout_is_terminal()) {
    return json.dump(2, ' ', ascii, Json::error_handler_t::replace) + "\n";
}

/// The same one level deeper, as an element of an array stands; no newline behind it.
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
