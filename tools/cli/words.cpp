// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/words.hpp"

namespace kmodpp::cli {

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

std::string join_parameters(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) {
        if (!text.empty()) text += ' ';
        const std::size_t equals = word.find('=');
        const bool bare_blank = equals != std::string::npos && word.contains(' ') &&
                                word.find_first_of("\"'", equals) == std::string::npos;
        if (bare_blank)
            text += word.substr(0, equals + 1) + '"' + word.substr(equals + 1) + '"';
        else
            text += word;
    }
    return text;
}

}  // namespace kmodpp::cli
