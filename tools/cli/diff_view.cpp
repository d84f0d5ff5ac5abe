// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/diff_view.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

namespace kmodpp::cli {

namespace {

using Texts = std::vector<std::string>;

/// "a, b".
std::string joined(const Texts& texts) {
    std::string out;
    for (const std::string& text : texts) (out += out.empty() ? "" : ", ") += text;
    return out;
}

std::string arrow(const std::string& before, const std::string& after) {
    return before + " -> " + after;
}

/// The lines of one section, and the number of lines of each kind.
class Section {
public:
    explicit Section(std::string_view title) : title_(title) {}

    /// \param sign '+', '-' or '~'
    /// \param kind the kind of change in the heading: "added"
    void add(char sign, std::string_view kind, const std::string& text) {
        const auto at = std::ranges::find(counts_, kind, &Count::first);
        if (at == counts_.end())
            counts_.emplace_back(kind, 1);
        else
            ++at->second;
        lines_.add(style_of(sign), std::string{sign, ' '} + text) += "\n";
    }

    /// Makes the heading list this kind before those that are added later.
    void list(std::string_view kind) { counts_.emplace_back(kind, 0); }

    [[nodiscard]] StyledText text(bool summary) const {
        StyledText text;
        if (lines_.empty()) return text;
        Texts counts;
        for (const auto& [kind, count] : counts_)
            if (count > 0)
                counts.push_back(std::to_string(count) + ' ' + std::string(kind));
        if (!summary) text += "\n";
        text.add(Style::heading, std::string(title_) + ": " + joined(counts)) += "\n";
        if (!summary) text += lines_;
        return text;
    }

private:
    static Style style_of(char sign) {
        return sign == '+' ? Style::good : sign == '-' ? Style::bad : Style::warning;
    }

    using Count = std::pair<std::string_view, std::size_t>;
    std::string_view title_;
    std::vector<Count> counts_;
    StyledText lines_;
};

std::string place(const std::string& path, bool builtin) {
    return builtin ? "builtin" : path;
}

Section modules_of(const ReleaseDiff& diff) {
    using Kind = ModuleChange::Kind;
    Section section("Modules");
    for (const char* const kind :
         {"added", "removed", "moved", "now built in", "no longer built in"})
        section.list(kind);
    for (const ModuleChange& change : diff.modules) {
        const auto added = [](const std::string& path, const std::string& name) {
            return path.empty() ? name + " (builtin)" : path;
        };
        const std::string moved = change.name + ": " +
                                  arrow(place(change.before, change.builtin_before),
                                        place(change.after, change.builtin_after));
        switch (change.kind) {
            case Kind::added:
                section.add('+', "added", added(change.after, change.name));
                break;
            case Kind::removed:
                section.add('-', "removed", added(change.before, change.name));
                break;
            case Kind::moved: section.add('~', "moved", moved); break;
            case Kind::became_builtin: section.add('~', "now built in", moved); break;
            case Kind::became_module:
                section.add('~', "no longer built in", moved);
                break;
        }
    }
    return section;
}

Section devices_of(const ReleaseDiff& diff) {
    Section section("Devices");
    for (const char* const kind : {"with a new driver", "without a driver"})
        section.list(kind);
    for (const AliasChange& change : diff.aliases) {
        if (!is_device_change(change)) continue;
        if (change.after.empty())
            section.add('-', "without a driver",
                        change.pattern + ": " + joined(change.before));
        else
            section.add('+', "with a new driver",
                        change.pattern + ": " + joined(change.after));
    }
    return section;
}

void list_usual_kinds(Section& section) {
    for (const char* const kind : {"added", "removed", "changed"}) section.list(kind);
}

Section aliases_of(const ReleaseDiff& diff) {
    Section section("Aliases");
    list_usual_kinds(section);
    for (const AliasChange& change : diff.aliases) {
        if (is_device_change(change)) continue;
        const std::string before = joined(change.before), after = joined(change.after);
        if (before.empty())
            section.add('+', "added", change.pattern + ": " + after);
        else if (after.empty())
            section.add('-', "removed", change.pattern + ": " + before);
        else
            section.add('~', "changed", change.pattern + ": " + arrow(before, after));
    }
    return section;
}

std::string in_parentheses(const std::string& type) {
    return type.empty() ? "" : " (" + type + ")";
}

std::string type_name(const std::string& type) { return type.empty() ? "no type" : type; }

Section parameters_of(const ReleaseDiff& diff) {
    Section section("Parameters");
    list_usual_kinds(section);
    for (const ParameterChange& change : diff.parameters) {
        const std::string name = change.module + '.' + change.name;
        if (!change.before)
            section.add('+', "added", name + in_parentheses(*change.after));
        else if (!change.after)
            section.add('-', "removed", name + in_parentheses(*change.before));
        else
            section.add(
                '~', "changed",
                name + ": " + arrow(type_name(*change.before), type_name(*change.after)));
    }
    return section;
}

std::string owner_name(const ExportedState& state) {
    return state.owner.empty() ? "vmlinux" : state.owner;
}

std::string crc_text(const ExportedState& state) {
    if (!state.crc) return "none";
    char text[16];
    std::snprintf(text, sizeof text, "0x%08x", *state.crc);
    return text;
}

/// "CRC 0x00000001 -> 0x00000002, owner a -> b".
std::string symbol_change(const ExportedState& before, const ExportedState& after) {
    const auto license = [](const ExportedState& state) {
        return std::string(state.gpl_only ? "GPL only" : "any license");
    };
    const auto name_space = [](const ExportedState& state) {
        return state.symbol_namespace.empty() ? "none" : state.symbol_namespace;
    };
    Texts texts;
    const auto compare = [&texts](const char* what, const std::string& left,
                                  const std::string& right) {
        if (left != right) texts.push_back(what + arrow(left, right));
    };
    compare("", owner_name(before), owner_name(after));
    compare("CRC ", crc_text(before), crc_text(after));
    compare("", license(before), license(after));
    compare("namespace ", name_space(before), name_space(after));
    return joined(texts);
}

Section symbols_of(const ReleaseDiff& diff) {
    Section section("Symbols");
    list_usual_kinds(section);
    for (const SymbolChange& change : diff.symbols) {
        if (!change.before)
            section.add('+', "added", change.name + ": " + owner_name(*change.after));
        else if (!change.after)
            section.add('-', "removed", change.name + ": " + owner_name(*change.before));
        else
            section.add(
                '~', "changed",
                change.name + ": " + symbol_change(*change.before, *change.after));
    }
    return section;
}

Section firmware_of(const ReleaseDiff& diff) {
    Section section("Firmware");
    list_usual_kinds(section);
    for (const FirmwareChange& change : diff.firmware) {
        if (change.before.empty())
            section.add('+', "added", change.file + ": " + joined(change.after));
        else
            section.add('-', "removed", change.file + ": " + joined(change.before));
    }
    return section;
}

std::string release_line(char sign, const ComparedRelease& release) {
    return std::string(3, sign) + ' ' + release.directory + ": " +
           std::to_string(release.modules) + " modules, " +
           std::to_string(release.builtin) + " built in";
}

}  // namespace

std::optional<DiffSection> diff_section(std::string_view name) {
    const auto* const at = std::ranges::find(kDiffSections, name);
    if (at == kDiffSections.end()) return std::nullopt;
    return static_cast<DiffSection>(at - kDiffSections.begin());
}

bool is_device_change(const AliasChange& change) {
    return change.of_device && change.before.empty() != change.after.empty();
}

void keep_sections(ReleaseDiff& diff, DiffSections sections) {
    std::erase_if(diff.aliases, [&](const AliasChange& change) {
        return !sections.has(is_device_change(change) ? DiffSection::devices
                                                      : DiffSection::aliases);
    });
    if (!sections.has(DiffSection::modules)) diff.modules.clear();
    if (!sections.has(DiffSection::parameters)) diff.parameters.clear();
    if (!sections.has(DiffSection::symbols)) diff.symbols.clear();
    if (!sections.has(DiffSection::firmware)) diff.firmware.clear();
}

bool has_differences(const ReleaseDiff& diff) {
    return !diff.modules.empty() || !diff.aliases.empty() || !diff.parameters.empty() ||
           !diff.symbols.empty() || !diff.firmware.empty();
}

StyledText diff_as_text(const ReleaseDiff& diff, bool summary) {
    StyledText text;
    if (!has_differences(diff)) return text;
    text.add(Style::heading, release_line('-', diff.before)) += "\n";
    text.add(Style::heading, release_line('+', diff.after)) += "\n";
    for (const auto part :
         {modules_of, devices_of, aliases_of, parameters_of, symbols_of, firmware_of})
        text += part(diff).text(summary);
    return text;
}

}  // namespace kmodpp::cli
