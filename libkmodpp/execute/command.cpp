// SPDX-License-Identifier: LGPL-2.1-or-later
#include "execute/command.hpp"

#include <cstddef>

#include "base/text.hpp"
#include "format/parameters.hpp"

namespace kmodpp {

namespace {

constexpr std::string_view kVariable = "$CMDLINE_OPTS";

/// Whether a shell takes the options literally.
bool is_literal(std::string_view options) {
    constexpr std::string_view kLiteral =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-=,.:/+@%";
    return options.find_first_not_of(kLiteral) == std::string_view::npos;
}

/// Splits the options into parameters without quotes, including those after "--".
std::vector<std::string> words_of(std::string_view options) {
    std::vector<std::string> words;
    for (;;) {
        for (const Parameter& parameter : split_parameters(options))
            words.push_back(parameter.value ? cat(parameter.name, "=", *parameter.value)
                                            : parameter.name);
        const auto rest = text_after_dashes(options);
        if (!rest) return words;
        words.emplace_back("--");
        options = *rest;
    }
}

/// Calls \p found for each $CMDLINE_OPTS that is a whole word outside double quotes.
/// Text in single quotes is included: it is a command for another shell with the same
/// variables.
template <class Found>
void for_each_word(std::string_view command, Found found) {
    constexpr std::string_view kBefore = " \t\n(;|&`{", kAfter = " \t\n);|&`}";
    char quote = 0;
    for (std::size_t at = 0; at < command.size(); ++at) {
        const char c = command[at];
        if (c == '\\' && quote != '\'') {
            ++at;
        } else if (quote == 0 && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == quote) {
            quote = 0;
        } else if (quote != '"' && command.substr(at).starts_with(kVariable)) {
            const auto ends_word = [&](std::string_view neighbour,
                                       std::string_view separators) {
                return neighbour.empty() || separators.contains(neighbour.front()) ||
                       (quote == '\'' && neighbour.front() == '\'');
            };
            const std::size_t end = at + kVariable.size();
            const auto before = at == 0 ? std::string_view() : command.substr(at - 1, 1);
            if (ends_word(before, kBefore) && ends_word(command.substr(end), kAfter))
                found(at);
            at = end - 1;
        }
    }
}

/// Quotes the text for a shell with single quotes.
std::string in_quotes(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'')
            quoted += "'\\''";
        else
            quoted += c;
    }
    return quoted + '\'';
}

}  // namespace

ShellCommand command_with_options(std::string_view command, std::string_view options) {
    ShellCommand shell{std::string(command), {{"CMDLINE_OPTS", std::string(options)}}};
    if (is_literal(options)) return shell;
    std::vector<std::size_t> positions;
    for_each_word(command, [&positions](std::size_t at) { positions.push_back(at); });
    if (positions.empty()) return shell;
    std::string words;
    for (std::string& word : words_of(options)) {
        std::string name = cat("CMDLINE_OPT", shell.variables.size());
        words += cat(words.empty() ? "" : " ", "\"$", name, "\"");
        shell.variables.emplace_back(std::move(name), std::move(word));
    }
    shell.text.clear();
    std::size_t done = 0;
    for (const std::size_t at : positions) {
        shell.text += cat(command.substr(done, at - done), words);
        done = at + kVariable.size();
    }
    shell.text += command.substr(done);
    return shell;
}

std::string command_text_with_options(std::string_view command,
                                      std::string_view options) {
    std::string text(command);
    // "${CMDLINE_OPTS}" is only expanded by the shell.
    if (!command.contains("CMDLINE_OPTS")) return text;
    if (is_literal(options) && !command.contains("{CMDLINE_OPTS")) {
        for (std::size_t at = 0; (at = text.find(kVariable, at)) != std::string::npos;
             at += options.size())
            text.replace(at, kVariable.size(), options);
        return text;
    }
    const ShellCommand shell = command_with_options(command, options);
    std::string assignments = "export";
    for (const auto& [name, value] : shell.variables)
        assignments += cat(" ", name, "=", in_quotes(value));
    return cat(assignments, "; ", shell.text);
}

}  // namespace kmodpp
