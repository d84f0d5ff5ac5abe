// SPDX-License-Identifier: LGPL-2.1-or-later
#include "commands.hpp"

#include <array>

namespace kmodpp::completions {

namespace {

constexpr auto kCommands = std::to_array<Command>({
    {&cli::kInsmod},
    {&cli::kRmmod},
    {&cli::kModprobe},
    {&cli::kDepmod},
    {&cli::kModinfo},
    {&cli::kLsmod},
    {&cli::kAllow, true},
    {&cli::kCheck, true},
    {&cli::kCompat, true},
    {&cli::kDevices, true},
    {&cli::kDiff, true},
    {&cli::kFirmware, true},
    {&cli::kForbid, true},
    {&cli::kGraph, true},
    {&cli::kParams, true},
    {&cli::kStaticNodes, true},
    {&cli::kTree, true},
    {&cli::kUsers, true},
    {&cli::kWhy, true},
});

struct Named {
    std::string_view name;
    Argument kind;
};
/// Kinds of arguments by their placeholder in the help text.
constexpr std::array<Named, 6> kByWord = {{
    {"FILE", Argument::files},
    {"PATH", Argument::files},
    {"WHERE", Argument::files},
    {"DIR", Argument::directories},
    {"ROOT", Argument::simulated},
    {"VERSION", Argument::releases},
}};
/// Options whose directory contains the module directory.
constexpr std::array<std::string_view, 2> kRoots = {"basedir", "dirname"};

/// Common fields of modules, for --field.
constexpr std::array<std::string_view, 19> kFields = {
    "alias",    "author",    "depends",      "description", "filename",
    "firmware", "import_ns", "intree",       "license",     "name",
    "parm",     "retpoline", "sig_hashalgo", "sig_id",      "sig_key",
    "signer",   "softdep",   "srcversion",   "vermagic"};

std::vector<std::string> split_choices(std::string_view text) {
    std::vector<std::string> choices;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('|', begin), text.size());
        choices.emplace_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return choices;
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

ArgumentForm argument_of(const cli::Option& option) {
    if (option.argument == nullptr) return {};
    ArgumentForm form{.kind = Argument::free};
    std::string_view word = option.argument;
    if (word.starts_with("[=")) {
        form.optional = true;
        word = word.substr(2, word.size() - 3);
    }
    for (const auto& [name, kind] : kByWord)
        if (word == name) form.kind = kind;
    for (const std::string_view name : kRoots)
        if (option.name != nullptr && option.name == name) form.kind = Argument::root;
    if (word == "FIELD") {
        form.kind = Argument::choices;
        form.choices.assign(kFields.begin(), kFields.end());
    }
    if (word.contains('|')) {
        form.kind = Argument::choices;
        form.choices = split_choices(word);
    }
    return form;
}

std::vector<std::string> spellings(const cli::Option& option) {
    std::vector<std::string> all;
    if (option.help == nullptr) return all;
    if (option.letter != 0) all.push_back(std::string("-") + option.letter);
    if (option.name != nullptr) all.push_back(std::string("--") + option.name);
    return all;
}

std::string shell_word(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'')
            out += "'\\''";
        else
            out += c;
    }
    return out + "'";
}

std::string quoted_for_fish(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

}  // namespace kmodpp::completions
