// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/words.hpp"

namespace kmodpp::cli {

namespace {

/// The position after a space at which "NAME=" of a parameter begins; npos: none.
std::size_t find_next_parameter(
    std::string_view text, const std::function<bool(std::string_view)>& is_parameter) {
    for (std::size_t at = text.find(' '); at != std::string_view::npos;
         at = text.find(' ', at + 1)) {
        const std::string_view word =
            text.substr(at + 1, text.find(' ', at + 1) - at - 1);
        const std::size_t equals = word.find('=');
        if (equals != std::string_view::npos && is_parameter(word.substr(0, equals)))
            return at + 1;
    }
    return std::string_view::npos;
}

/// \param is_bare the value is not quoted yet; if it contains a space, quotes are added
void add_parameter(std::string& text, std::string_view parameter, bool is_bare) {
    if (!text.empty()) text += ' ';
    const std::size_t equals = parameter.find('=');
    if (!is_bare || !parameter.contains(' ') || equals == std::string_view::npos) {
        text += parameter;
        return;
    }
    text += parameter.substr(0, equals + 1);
    text += '"';
    text += parameter.substr(equals + 1);
    text += '"';
}

}  // namespace

std::vector<std::string> split_shell_words(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    bool in_word = false;
    char quote = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (quote == 0 && (c == ' ' || c == '\t' || c == '\n')) {
            if (in_word) words.push_back(std::move(word));
            word.clear();
            in_word = false;
            continue;
        }
        in_word = true;
        if (c == quote)
            quote = 0;
        else if (quote == 0 && (c == '\'' || c == '"'))
            quote = c;
        else if (c == '\\' && quote != '\'' && at + 1 < text.size())
            word += text[++at];
        else
            word += c;
    }
    if (in_word) words.push_back(std::move(word));
    return words;
}

std::string quote_shell_word(std::string_view word) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,+@%";
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos)
        return std::string(word);
    std::string quoted = "'";
    for (const char c : word) {
        if (c == '\'')
            quoted += "'\\''";
        else
            quoted += c;
    }
    return quoted + "'";
}

std::string join_parameters(const std::vector<std::string>& words,
                            const std::function<bool(std::string_view)>& is_parameter) {
    std::string text;
    for (const std::string& word : words) {
        const std::size_t equals = word.find('=');
        const bool is_bare = equals != std::string::npos && word.contains(' ') &&
                             word.find_first_of("\"'", equals) == std::string::npos;
        std::string_view rest = word;
        while (is_bare && is_parameter) {
            const std::size_t at = find_next_parameter(rest, is_parameter);
            if (at == std::string_view::npos) break;
            add_parameter(text, rest.substr(0, at - 1), true);
            rest.remove_prefix(at);
        }
        add_parameter(text, rest, is_bare);
    }
    return text;
}

}  // namespace kmodpp::cli
