// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/parameters.hpp"

#include <algorithm>

namespace kmodpp {

namespace {

/// The kernel's isspace() assumes Latin-1: its no-break space also separates words,
/// even where it is the second byte of a UTF-8 character.
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\xa0'; }

/// Removes the next word, up to a blank outside quotes, together with that blank.
std::string_view take_parameter(std::string_view& text) {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < text.size(); ++end) {
        if (is_blank(text[end]) && !quoted) break;
        if (text[end] == '"') quoted = !quoted;
    }
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

Parameter parse_word(std::string_view word) {
    const bool whole_quoted = word.starts_with('"');
    if (whole_quoted) word.remove_prefix(1);
    // A leading '=' is part of the name, which is never empty.
    const std::size_t equals = word.find('=', 1);
    if (equals == std::string_view::npos) {
        if (whole_quoted && word.ends_with('"')) word.remove_suffix(1);
        return {std::string(word), std::nullopt};
    }
    std::string_view value = word.substr(equals + 1);
    const bool value_quoted = value.starts_with('"');
    if (value_quoted) value.remove_prefix(1);
    if ((whole_quoted || value_quoted) && value.ends_with('"')) value.remove_suffix(1);
    return {std::string(word.substr(0, equals)), std::string(value)};
}

}  // namespace

std::vector<Parameter> split_parameters(std::string_view text) {
    std::vector<Parameter> parameters;
    text = text.substr(0, text.find('\0'));
    while (!text.empty()) {
        if (is_blank(text.front())) {
            text.remove_prefix(1);
            continue;
        }
        Parameter parameter = parse_word(take_parameter(text));
        if (!parameter.value && parameter.name == "--") break;
        parameters.push_back(std::move(parameter));
    }
    return parameters;
}

std::optional<std::string_view> text_after_dashes(std::string_view text) {
    text = text.substr(0, text.find('\0'));
    while (!text.empty()) {
        if (is_blank(text.front())) {
            text.remove_prefix(1);
            continue;
        }
        const Parameter parameter = parse_word(take_parameter(text));
        if (parameter.value || parameter.name != "--") continue;
        while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
        return text;
    }
    return std::nullopt;
}

}  // namespace kmodpp
