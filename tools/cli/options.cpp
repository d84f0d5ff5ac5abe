// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/options.hpp"

#include <getopt.h>

#include <algorithm>
#include <cstdio>

namespace kmodpp::cli {

namespace {

/// getopt_long returns this plus the row of a long option; smaller values are letters.
constexpr int kFirstRow = 256;

/// The option as the user types it, for messages.
std::string spelling(const Option& option) {
    return option.name != nullptr ? std::string("--") + option.name
                                  : std::string("-") + option.letter;
}

/// The has_arg value for getopt_long.
int argument_kind(const Option& option) {
    if (option.argument == nullptr) return no_argument;
    return option.argument[0] == '[' ? optional_argument : required_argument;
}

bool is_written_out(const Option& option, const std::vector<std::string>& words) {
    const std::string spelled = std::string("--") + option.name;
    return std::ranges::any_of(words, [&](const std::string& word) {
        return word == spelled || word.starts_with(spelled + "=");
    });
}

std::size_t row_of_letter(std::span<const Option> table, int letter) {
    return static_cast<std::size_t>(
        std::ranges::find(table, static_cast<char>(letter), &Option::letter) -
        table.begin());
}

}  // namespace

namespace detail {

void store(std::optional<std::string>& member, const char* value) { member = value; }
void store(std::vector<std::string>& member, const char* value) {
    member.emplace_back(value);
}

}  // namespace detail

bool parse(std::span<const Option> table, const std::string& tool,
           const std::vector<std::string>& words, CommonOptions& options) {
    std::string letters;
    std::vector<option> names;
    for (std::size_t row = 0; row < table.size(); ++row) {
        const Option& entry = table[row];
        const int kind = argument_kind(entry);
        if (entry.letter != 0) {
            letters += entry.letter;
            if (kind != no_argument) letters += kind == optional_argument ? "::" : ":";
        }
        if (entry.name != nullptr && (!entry.exact || is_written_out(entry, words)))
            names.push_back(
                {entry.name, kind, nullptr, kFirstRow + static_cast<int>(row)});
    }
    names.push_back({});

    // getopt_long reorders argv, so it gets a copy.
    std::vector<std::string> storage = {tool};
    storage.insert(storage.end(), words.begin(), words.end());
    std::vector<char*> argv;
    for (std::string& word : storage) argv.push_back(word.data());
    const int argc = static_cast<int>(argv.size());
    argv.push_back(nullptr);

    const char* last_value = nullptr;
    optind = 0;  // resets the state of getopt_long
    for (int found; (found = getopt_long(argc, argv.data(), letters.c_str(), names.data(),
                                         nullptr)) != -1;) {
        if (found == '?') return false;
        last_value = optarg;
        const Option& given =
            table[found >= kFirstRow ? static_cast<std::size_t>(found - kFirstRow)
                                     : row_of_letter(table, found)];
        // Usually an unset variable in a script: the default, such as "/" or the
        // running kernel, is not what was meant.
        if (optarg != nullptr && *optarg == '\0' &&
            argument_kind(given) == required_argument) {
            std::fprintf(stderr, "%s: option '%s' requires a non-empty argument\n",
                         tool.c_str(), spelling(given).c_str());
            return false;
        }
        if (given.set != nullptr) given.set(options, optarg != nullptr ? optarg : "");
        // Both take effect at once: the words after them are not even checked.
        if (options.help || options.version) return true;
    }
    // getopt_long leaves "--" before the operands, but a value may also be "--".
    const char* const before = argv[static_cast<std::size_t>(optind) - 1];
    options.has_end_mark = before != last_value && std::string_view(before) == "--";
    options.operands.assign(argv.begin() + optind, argv.begin() + argc);
    return true;
}

std::string describe(std::span<const Option> table) {
    constexpr std::size_t kHelpColumn = 36;
    std::string text;
    for (const Option& option : table) {
        if (option.help == nullptr) continue;
        std::string line = "  ";
        if (option.letter != 0)
            (line += '-') += option.letter;
        else
            line += "  ";
        if (option.name != nullptr) {
            line += option.letter != 0 ? ", --" : "  --";
            line += option.name;
        }
        if (option.argument != nullptr) {
            if (argument_kind(option) == required_argument)
                line += option.name != nullptr ? '=' : ' ';
            line += option.argument;
        }
        line.resize(std::max(line.size() + 1, kHelpColumn), ' ');
        text += line + option.help + "\n";
    }
    return text;
}

const char* first_given(std::initializer_list<GivenOption> options) {
    for (const GivenOption& option : options)
        if (option.given) return option.name;
    return nullptr;
}

}  // namespace kmodpp::cli
