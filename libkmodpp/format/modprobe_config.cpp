// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/modprobe_config.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <span>
#include <unordered_set>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"

namespace kmodpp {

namespace {

constexpr std::string_view kCommandLine = "kernel command line";
constexpr CharSet kCommandLineBlanks(" \t\n");
// Between the names in modprobe.blacklist=.
constexpr CharSet kBlacklistSeparators(",\"");

bool alias_line(std::string_view rest, const Origin& origin, ModprobeConfig& config) {
    auto pattern = normalise_alias(take_word(rest));
    auto module = normalise_alias(take_word(rest));
    if (!pattern || !module || pattern->empty() || module->empty()) return false;
    config.aliases.push_back({*std::move(pattern), *std::move(module), origin});
    return true;
}

bool blacklist_line(std::string_view rest, const Origin& origin, ModprobeConfig& config) {
    const auto module = normalise_alias(take_word(rest));
    if (!module || module->empty()) return false;
    config.blacklist.push_back({*module, origin});
    return true;
}

bool forbid_line(std::string_view rest, const Origin& origin, ModprobeConfig& config) {
    const auto module = normalise_alias(take_word(rest));
    if (!module || module->empty()) return false;
    // Programs print the text in their messages.
    std::string text(rest);
    std::ranges::replace_if(text, is_control, ' ');
    config.forbid.push_back({*module, std::string(trim(text)), origin});
    return true;
}

/// Takes the first argument of most verbs, a name; nullopt unless text follows it.
std::optional<std::string> take_name(std::string_view& rest) {
    auto name = normalise_alias(take_word(rest));
    if (!name || name->empty() || rest.empty()) return std::nullopt;
    return name;
}

bool options_line(std::string_view rest, const Origin& origin, ModprobeConfig& config) {
    auto name = take_name(rest);
    if (!name) return false;
    std::string options(rest);
    std::ranges::replace(options, '\t', ' ');
    config.options.push_back({*std::move(name), std::move(options), origin});
    return true;
}

/// A line of a name and a text that is kept as it is.
template <auto Rules>
bool text_line(std::string_view rest, const Origin& origin, ModprobeConfig& config) {
    auto name = take_name(rest);
    if (!name) return false;
    (config.*Rules).push_back({*std::move(name), std::string(rest), origin});
    return true;
}

constexpr std::array<ConfigVerb<ModprobeConfig>, 10> kVerbs = {{
    {"alias", alias_line, {}},
    {"blacklist", blacklist_line, {}},
    {"forbid", forbid_line, {}},
    {"options", options_line, {}},
    {"install", text_line<&ModprobeConfig::install>, {}},
    {"remove", text_line<&ModprobeConfig::remove>, {}},
    {"softdep", text_line<&ModprobeConfig::softdeps>, {}},
    {"weakdep", text_line<&ModprobeConfig::weakdeps>, {}},
    {"include", nullptr, "is deprecated and not parsed anymore"},
    {"config", nullptr, "is deprecated and not parsed anymore"},
}};

/// Separates the install lines that repeat a forbid line of the same file.
/// \param first_forbid, first_install the first rules of the file
void separate_repeats(ModprobeConfig& config, std::size_t first_forbid,
                      std::size_t first_install) {
    if (first_forbid == config.forbid.size()) return;
    std::unordered_set<std::string_view> forbidden;
    for (const ForbidRule& rule : std::span(config.forbid).subspan(first_forbid))
        forbidden.insert(rule.module);
    const auto repeats = std::ranges::stable_partition(
        std::span(config.install).subspan(first_install), [&](const CommandRule& rule) {
            return !forbidden.contains(rule.module) || !only_prevents_load(rule.command);
        });
    std::ranges::move(repeats, std::back_inserter(config.forbid_repeats));
    config.install.resize(config.install.size() - repeats.size());
}

/// Removes one word of the kernel command line and returns it with its quotes.
std::string_view take_command_line_word(std::string_view& rest) {
    rest.remove_prefix(kCommandLineBlanks.find_other(rest));
    bool quoted = false;
    std::size_t end = 0;
    for (; end < rest.size(); ++end) {
        if (rest[end] == '"') quoted = !quoted;
        if (!quoted && kCommandLineBlanks.contains(rest[end])) break;
    }
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    return word;
}

}  // namespace

SoftdepNames SoftdepRule::names() const {
    SoftdepNames names;
    // Names before the first "pre:" or "post:" belong to neither.
    std::vector<std::string>* into = nullptr;
    for (const std::string_view word : split_words(text)) {
        if (word == "pre:")
            into = &names.pre;
        else if (word == "post:")
            into = &names.post;
        else if (into != nullptr)
            into->emplace_back(word);
    }
    return names;
}

std::vector<std::string> WeakdepRule::modules() const {
    const auto words = split_words(text);
    return {words.begin(), words.end()};
}

void parse_modprobe_config(std::string_view text, const std::string& file,
                           ModprobeConfig& config) {
    const std::size_t forbid = config.forbid.size(), install = config.install.size();
    parse_config<ModprobeConfig>(text, file, kVerbs, config);
    separate_repeats(config, forbid, install);
}

bool only_prevents_load(std::string_view command) {
    constexpr std::array<std::string_view, 10> kCommands = {
        "/bin/false", "/bin/true",       "/usr/bin/false", "/usr/bin/true", "/sbin/false",
        "/sbin/true", "/usr/sbin/false", "/usr/sbin/true", "false",         "true",
    };
    const auto words = split_words(command, kBlanks);
    const auto comment = std::ranges::find_if(
        words, [](std::string_view word) { return word.starts_with('#'); });
    const auto count = comment - words.begin();
    if (count == 0) return false;
    if (words[0] == "exit")
        return count == 1 || (count == 2 && parse_unsigned<unsigned>(words[1]));
    return count == 1 &&
           (words[0] == ":" || std::ranges::find(kCommands, words[0]) != kCommands.end());
}

void parse_forbidden_modules(std::string_view text, const std::string& file,
                             ModprobeConfig& config) {
    ModprobeConfig all;
    parse_modprobe_config(text, file, all);
    std::ranges::move(all.blacklist, std::back_inserter(config.blacklist));
    std::ranges::move(all.forbid, std::back_inserter(config.forbid));
    std::ranges::move(all.forbid_repeats, std::back_inserter(config.forbid_repeats));
    std::ranges::copy_if(
        all.install, std::back_inserter(config.install),
        [](const CommandRule& rule) { return only_prevents_load(rule.command); });
}

std::string forbid_file_text(std::string_view module, std::string_view text) {
    std::string line = cat("forbid ", module, text.empty() ? "" : " ");
    for (const char c : text) line += c == '\\' ? std::string("\\\\") : std::string(1, c);
    return cat("# Written by 'kmod forbid'; 'kmod allow ", module,
               "' removes this file.\n", line,
               "\n# For versions of kmod that do not know 'forbid':\ninstall ", module,
               " /bin/false\n");
}

std::string_view trailing_comment(std::string_view options) {
    bool quoted = false, in_word = false;
    for (std::size_t at = 0; at < options.size(); ++at) {
        const char c = options[at];
        if (c == '#' && !quoted && !in_word) return options.substr(at);
        if (c == '"') quoted = !quoted;
        in_word = quoted || (c != ' ' && c != '\t');
    }
    return {};
}

void parse_kernel_command_line(std::string_view text, ModprobeConfig& config) {
    const Origin origin{std::string(kCommandLine), 0};
    while (!text.empty()) {
        std::string_view word = take_command_line_word(text);
        if (word == "--") break;
        if (std::ranges::count(word, '"') % 2 != 0) continue;
        // If "module.parameter=value" is quoted as a whole, the quotes are kept for the
        // value, which may contain blanks.
        const bool quoted = word.starts_with('"');
        if (quoted) word.remove_prefix(1);
        const std::size_t dot = word.find('.');
        const std::size_t equals = std::min(word.find('='), word.size());
        const std::string_view name = word.substr(0, equals);
        if (dot == std::string_view::npos || dot == 0 || dot + 1 >= equals ||
            name.substr(dot + 1).contains('.') || name.contains('"') ||
            kCommandLineBlanks.find(name) < name.size())
            continue;
        std::string parameter(name.substr(dot + 1));
        if (equals < word.size())
            parameter += cat("=", quoted ? "\"" : "", word.substr(equals + 1));
        // Not a module: "ivrs_acpihid[14:00.5]" is a parameter of the kernel itself.
        auto module = normalise_alias(name.substr(0, dot));
        if (!module) continue;
        constexpr std::string_view kBlacklist = "blacklist=";
        if (*module == "modprobe" && parameter.starts_with(kBlacklist)) {
            for (const std::string_view listed :
                 split_words(std::string_view(parameter).substr(kBlacklist.size()),
                             kBlacklistSeparators))
                config.blacklist.push_back({normalise_module_name(listed), origin});
            continue;
        }
        config.options.push_back({*std::move(module), std::move(parameter), origin});
    }
}

}  // namespace kmodpp
