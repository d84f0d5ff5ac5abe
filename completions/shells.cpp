// SPDX-License-Identifier: LGPL-2.1-or-later
// Formats the option tables for each shell.
#include <algorithm>

#include "commands.hpp"

namespace kmodpp::completions {

namespace {

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
    std::string text;
    for (const std::string& word : words) {
        if (!text.empty()) text += separator;
        text += word;
    }
    return text;
}

/// The kind of an argument as the bash template names it.
std::string kind_for_bash(const ArgumentForm& form) {
    switch (form.kind) {
        case Argument::files: return "files";
        case Argument::directories: return "directories";
        case Argument::root: return "root";
        case Argument::simulated: return "simulated";
        case Argument::releases: return "releases";
        case Argument::choices: return "choices " + joined(form.choices, " ");
        default: return "free";
    }
}

/// The action of a zsh specification that completes an argument.
std::string action_for_zsh(const ArgumentForm& form) {
    switch (form.kind) {
        case Argument::files: return "_files";
        case Argument::directories:
        case Argument::root:
        case Argument::simulated: return "_files -/";
        case Argument::releases: return "_kmodpp_releases";
        case Argument::choices: return "(" + joined(form.choices, " ") + ")";
        default: return " ";
    }
}

/// The options of the fish command `complete` for an argument.
std::string argument_for_fish(const ArgumentForm& form) {
    switch (form.kind) {
        case Argument::none: return "";
        case Argument::files: return " -r -F";
        case Argument::directories:
        case Argument::root:
        case Argument::simulated:
            return " -x -a '(__fish_complete_directories (commandline -ct))'";
        case Argument::releases: return " -x -a '(__kmodpp_releases)'";
        case Argument::choices:
            return " -x -a " + quoted_for_fish(joined(form.choices, " "));
        case Argument::free: break;
    }
    return " -x";
}

std::string variable_name(std::string name) {
    std::ranges::replace(name, '-', '_');
    return name;
}

/// The help text of an option in a zsh specification.
std::string bracketed(std::string_view help) {
    std::string text = "[";
    for (const char c : help) {
        if (c == '[' || c == ']' || c == '\\') text += '\\';
        text += c;
    }
    return text + "]";
}

std::string specifications_for_zsh(const cli::Option& option) {
    std::string lines;
    const auto all = spellings(option);
    const ArgumentForm form = argument_of(option);
    for (const std::string& spelling : all) {
        std::string text;
        if (form.kind == Argument::none) {
            text = "(" + joined(all, " ") + ")" + spelling + bracketed(option.help);
        } else {
            // Options with an argument may be repeated.
            const bool is_long = spelling.starts_with("--");
            text = "*" + spelling +
                   (form.optional ? "=-"
                    : is_long     ? "="
                                  : "+") +
                   bracketed(option.help) + (form.optional ? "::" : ":") +
                   "argument:" + action_for_zsh(form);
        }
        lines += "    " + shell_word(text) + "\n";
    }
    return lines;
}

void append_for_fish(const cli::Tool& tool, const std::string& command,
                     const std::string& condition, Tables& tables) {
    std::string taking;
    for (const cli::Option& option : tool.options) {
        if (option.help == nullptr) continue;
        const ArgumentForm form = argument_of(option);
        std::string line = "complete -c " + command + condition;
        if (option.letter != 0) line += std::string(" -s ") + option.letter;
        if (option.name != nullptr) line += std::string(" -l ") + option.name;
        // fish does not support optional arguments.
        if (!form.optional) line += argument_for_fish(form);
        tables.options += line + " -d " + quoted_for_fish(option.help) + "\n";
        if (form.kind != Argument::none && !form.optional)
            taking += " " + joined(spellings(option), " ");
    }
    tables.arguments +=
        "set -g __kmodpp_taking_" + variable_name(tool.name) + taking + "\n";
}

/// The commands and options of kmod, offered until a command was typed.
std::string commands_of_kmod_for_fish() {
    const std::string words = commands_of_kmod();
    const std::string head =
        "complete -c kmod -n 'not __fish_seen_subcommand_from " + words + "'";
    return head + " -a '" + words + "'\n" + head +
           " -s V -l version -d 'show version'\n" + head +
           " -s h -l help -d 'show this help'\n";
}

}  // namespace

std::string commands_of_kmod() {
    std::string words = "help list";
    for (const auto& [tool, of_kmod_only] : commands())
        words += std::string(" ") + tool->name;
    return words;
}

Tables tables_for_bash() {
    Tables tables;
    for (const auto& [tool, of_kmod_only] : commands()) {
        std::string words;
        for (const cli::Option& option : tool->options) {
            const ArgumentForm form = argument_of(option);
            const auto all = spellings(option);
            for (const std::string& spelling : all) {
                words += words.empty() ? "" : " ";
                words += spelling;
                if (form.kind != Argument::none && spelling.starts_with("--"))
                    words += form.optional ? "" : "=";
            }
            if (form.kind == Argument::none || all.empty()) continue;
            std::vector<std::string> patterns;
            for (const std::string& spelling : all)
                patterns.push_back(std::string(tool->name) + "," + spelling);
            tables.arguments += "    " + joined(patterns, " | ") + ") echo '" +
                                (form.optional ? "?" : "") + kind_for_bash(form) +
                                "' ;;\n";
        }
        tables.options +=
            "    " + std::string(tool->name) + ") echo '" + words + "' ;;\n";
    }
    return tables;
}

Tables tables_for_zsh() {
    Tables tables;
    for (const auto& [tool, of_kmod_only] : commands()) {
        tables.options +=
            "local -a _kmodpp_options_" + variable_name(tool->name) + "=(\n";
        for (const cli::Option& option : tool->options)
            tables.options += specifications_for_zsh(option);
        tables.options += ")\n";
    }
    return tables;
}

Tables tables_for_fish(std::string_view name) {
    Tables tables;
    const bool is_kmod = name == "kmod";
    if (is_kmod) tables.options += commands_of_kmod_for_fish();
    for (const auto& [tool, of_kmod_only] : commands()) {
        const std::string own = tool->name;
        if (is_kmod)
            append_for_fish(*tool, "kmod",
                            " -n '__fish_seen_subcommand_from " + own +
                                (own == "lsmod" ? " list'" : "'"),
                            tables);
        else if (own == name)
            append_for_fish(*tool, own, "", tables);
    }
    return tables;
}

}  // namespace kmodpp::completions
