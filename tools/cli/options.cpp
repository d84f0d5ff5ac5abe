// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/options.hpp"

#include <getopt.h>

#include <algorithm>
#include <cstdio>

namespace kmodpp::cli {

namespace {

/// getopt_long returns this plus the row of a long option; smaller values are letters.
constexpr int kFirstRow = 256;

std::string canonical_name(const Option& option) {
    if (option.same_as != nullptr) return option.same_as;
    if (option.name != nullptr) return option.name;
    return std::string(1, option.letter);
}

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

std::size_t row_of_letter(std::span<const Option> options, int letter) {
    return static_cast<std::size_t>(
        std::ranges::find(options, static_cast<char>(letter), &Option::letter) -
        options.begin());
}

}  // namespace

bool Arguments::has(std::string_view option) const {
    return std::ranges::find(given_, option, &Given::option) != given_.end();
}

std::optional<std::string> Arguments::value(std::string_view option) const {
    const auto all = values(option);
    return all.empty() ? std::nullopt : std::optional(all.back());
}

std::vector<std::string> Arguments::values(std::string_view option) const {
    std::vector<std::string> found;
    for (const Given& given : given_)
        if (given.option == option) found.push_back(given.value);
    return found;
}

std::string_view Arguments::last_of(std::span<const std::string_view> options) const {
    std::string_view last;
    for (const Given& given : given_)
        if (std::ranges::find(options, given.option) != options.end())
            last = given.option;
    return last;
}

Arguments Arguments::with(std::string_view option) const {
    Arguments more = *this;
    more.given_.push_back({std::string(option), {}});
    return more;
}

std::optional<Arguments> parse(std::span<const Option> options, const std::string& tool,
                               const std::vector<std::string>& words) {
    std::string letters;
    std::vector<option> names;
    for (std::size_t row = 0; row < options.size(); ++row) {
        const Option& entry = options[row];
        const int kind = argument_kind(entry);
        if (entry.letter != 0 && row_of_letter(options, entry.letter) == row) {
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

    Arguments arguments;
    const char* last_value = nullptr;
    optind = 0;  // resets the state of getopt_long
    for (int found; (found = getopt_long(argc, argv.data(), letters.c_str(), names.data(),
                                         nullptr)) != -1;) {
        if (found == '?') return std::nullopt;
        last_value = optarg;
        const auto row = found >= kFirstRow ? static_cast<std::size_t>(found - kFirstRow)
                                            : row_of_letter(options, found);
        // Usually an unset variable in a script: the default, such as "/" or the
        // running kernel, is not what was meant.
        if (optarg != nullptr && *optarg == '\0' &&
            argument_kind(options[row]) == required_argument) {
            std::fprintf(stderr, "%s: option '%s' requires a non-empty argument\n",
                         tool.c_str(), spelling(options[row]).c_str());
            return std::nullopt;
        }
        arguments.given_.push_back(
            {canonical_name(options[row]), optarg != nullptr ? optarg : ""});
        // Both take effect at once: the words after them are not even checked.
        if (arguments.has("help") || arguments.has("version")) return arguments;
    }
    // getopt_long leaves "--" before the operands, but a value may also be "--".
    const char* const before = argv[static_cast<std::size_t>(optind) - 1];
    arguments.has_end_mark_ = before != last_value && std::string_view(before) == "--";
    arguments.operands_.assign(argv.begin() + optind, argv.begin() + argc);
    return arguments;
}

std::string describe(std::span<const Option> options) {
    constexpr std::size_t kHelpColumn = 36;
    std::string text;
    for (const Option& option : options) {
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

}  // namespace kmodpp::cli
