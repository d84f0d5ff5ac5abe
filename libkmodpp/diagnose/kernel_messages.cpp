// SPDX-License-Identifier: LGPL-2.1-or-later
#include "diagnose/kernel_messages.hpp"

#include <algorithm>
#include <array>

#include "base/names.hpp"
#include "base/text.hpp"

namespace kmodpp {

namespace {

/// Limits on the lines that are kept: the log may be long.
constexpr std::size_t kMaxLines = 100;
constexpr std::size_t kMaxLatest = 8;

using Captures = std::vector<std::string_view>;

/// A pattern for the text after the module's name, and its parser (sources:
/// kernel/module/{main,version,signing}.c, kernel/params.c,
/// security/lockdown/lockdown.c).
struct Message {
    std::string_view pattern;
    void (*take)(KernelMessages& out, const Captures& captures);
};

template <auto Member>
void add_first(KernelMessages& out, const Captures& captures) {
    (out.*Member).emplace_back(captures[0]);
}
template <auto Member>
void set_pair(KernelMessages& out, const Captures& captures) {
    if (!(out.*Member))
        (out.*Member).emplace(std::string(captures[0]), std::string(captures[1]));
}
template <auto Member>
void set_flag(KernelMessages& out, const Captures&) {
    out.*Member = true;
}
void ignore(KernelMessages&, const Captures&) {}

/// Only errno 2 (ENOENT) means a missing symbol; with another errno, the line before
/// has the reason.
void take_symbol(KernelMessages& out, const Captures& captures) {
    if (captures[1] == "-2") out.unknown_symbols.emplace_back(captures[0]);
}
void take_namespace(KernelMessages& out, const Captures& captures) {
    out.namespaces.emplace_back(captures[0], captures[1]);
}
/// "'VALUE' invalid for parameter 'NAME'"
void take_parameter(KernelMessages& out, const Captures& captures) {
    out.bad_parameters.emplace_back(captures[1], captures[0]);
}

using K = KernelMessages;
constexpr std::array kMessages = {
    Message{"Unknown symbol % (err %)", take_symbol},
    Message{"disagrees about version of symbol %", add_first<&K::changed_symbols>},
    Message{"no symbol version for %", add_first<&K::unversioned_symbols>},
    Message{"module uses symbol (%) from namespace %, but does not import it.",
            take_namespace},
    Message{"module uses symbol % from namespace %, but does not import it.",
            take_namespace},
    Message{"module using GPL-only symbols uses symbols % from proprietary module %.",
            set_pair<&K::proprietary>},
    Message{"module uses symbols % from proprietary module %, inheriting taint.",
            set_pair<&K::proprietary>},
    Message{"version magic '%' should be '%'", set_pair<&K::vermagic>},
    Message{"exports duplicate symbol % (owned by %)", set_pair<&K::duplicate>},
    Message{"'%' invalid for parameter '%'", take_parameter},
    Message{"'%' too large for parameter '%'", take_parameter},
    Message{"`%' invalid for parameter `%'", take_parameter},
    Message{"`%' too large for parameter `%'", take_parameter},
    Message{"unknown parameter '%' ignored", ignore},
    Message{"No module found in object", set_flag<&K::no_module>},
    Message{"no module found in the file (no this_module)", set_flag<&K::no_module>},
    Message{"Module % is blacklisted", set_flag<&K::blacklisted>},
    Message{"module is already loaded", ignore},
    Message{"module has no symbols (stripped?)", ignore},
    Message{"% taints kernel.", ignore},
    Message{"%kernel tainted.", ignore},
    Message{"%tainting kernel", ignore},
};

/// Drivers prefix their lines in several ways: "kvm_intel: ", "snd-hda 0000:00:1f.3: ",
/// and "kvm: " for kvm_intel.
bool is_name_of(std::string_view module, std::string_view head) {
    constexpr std::size_t kShortestFamily = 3;
    const std::string name = normalise_module_name(head);
    if (name == module) return true;
    return name.size() >= kShortestFamily && module.size() > name.size() &&
           module.starts_with(name) && module[name.size()] == '_';
}

/// The text after "NAME: ", "NAME DEVICE: " or "module NAME: "; nullopt: the line has
/// another prefix.
std::optional<std::string_view> about(const std::vector<std::string>& names,
                                      std::string_view line) {
    constexpr std::string_view kModule = "module ";
    if (line.starts_with(kModule)) line.remove_prefix(kModule.size());
    const std::size_t end = line.find(": ");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view head = line.substr(0, std::min(end, line.find(' ')));
    for (const std::string& name : names)
        if (is_name_of(name, head)) return line.substr(end + 2);
    return std::nullopt;
}

/// Whether the line contains the word, and not only as a part of a longer name.
bool contains_word(std::string_view line, std::string_view word) {
    const auto is_part = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    if (word.empty()) return false;
    for (std::size_t at = line.find(word); at != std::string_view::npos;
         at = line.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !is_part(line[at - 1])) &&
            (end == line.size() || !is_part(line[end])))
            return true;
    }
    return false;
}

/// Whether the line contains a name or the path of the module.
bool mentions(std::string_view line, const std::vector<std::string>& names,
              std::string_view path) {
    if (contains_word(line, path)) return true;
    const std::string normalised = normalise_module_name(line);
    return std::ranges::any_of(
        names, [&](const std::string& name) { return contains_word(normalised, name); });
}

/// Parses lines about a load that do not begin with the module's name. Returns true if
/// the line is about this load.
bool take_general(KernelMessages& out, const std::vector<std::string>& names,
                  std::string_view line) {
    if (const auto found = match_message("Module % is blacklisted", line)) {
        if (std::ranges::find(names, found->front()) == names.end()) return false;
        out.blacklisted = true;
        return true;
    }
    // "Loading of unsigned module is rejected"; newer kernels add a prefix.
    if (const auto found = match_message("%Loading of % is rejected", line)) {
        out.rejected = (*found)[1];
        return true;
    }
    if (const auto found = match_message("%: can only take % arguments", line)) {
        out.parameter_limits.emplace_back((*found)[0], cat((*found)[1], " values"));
        return true;
    }
    if (const auto found = match_message("%: string doesn't fit in % chars.", line)) {
        out.parameter_limits.emplace_back((*found)[0], cat((*found)[1], " characters"));
        return true;
    }
    if (const auto found = match_message("Lockdown: %: % is restricted;%", line)) {
        if (!(*found)[1].contains("module")) return false;
        out.restricted = (*found)[1];
        return true;
    }
    return false;
}

}  // namespace

std::optional<std::vector<std::string_view>> match_message(std::string_view pattern,
                                                           std::string_view text) {
    std::vector<std::string_view> captures;
    std::size_t wildcard = pattern.find('%');
    if (!text.starts_with(pattern.substr(0, wildcard))) return std::nullopt;
    if (wildcard == std::string_view::npos)
        return text.size() == pattern.size() ? std::optional(captures) : std::nullopt;
    text.remove_prefix(wildcard);
    pattern.remove_prefix(wildcard + 1);
    while (true) {
        wildcard = pattern.find('%');
        const std::string_view literal = pattern.substr(0, wildcard);
        const bool is_last = wildcard == std::string_view::npos;
        if (is_last) {
            if (!text.ends_with(literal)) return std::nullopt;
            captures.push_back(text.substr(0, text.size() - literal.size()));
            return captures;
        }
        const std::size_t end = text.find(literal);
        if (end == std::string_view::npos) return std::nullopt;
        captures.push_back(text.substr(0, end));
        text.remove_prefix(end + literal.size());
        pattern.remove_prefix(wildcard + 1);
    }
}

KernelMessages read_kernel_messages(const std::vector<std::string>& names,
                                    std::string_view path,
                                    const std::vector<std::string>& log) {
    KernelMessages out;
    for (const std::string& line : log) {
        bool explained = take_general(out, names, line);
        const auto text = about(names, line);
        if (!explained && !text && !mentions(line, names, path)) {
            if (out.latest.size() == kMaxLatest) out.latest.erase(out.latest.begin());
            out.latest.push_back({printable(line, 400), false});
            continue;
        }
        for (const Message& message : kMessages) {
            if (explained || !text) break;
            const auto captures = match_message(message.pattern, *text);
            if (!captures) continue;
            message.take(out, *captures);
            explained = true;
        }
        if (out.lines.size() < kMaxLines)
            out.lines.push_back({printable(line, 400), explained});
    }
    return out;
}

}  // namespace kmodpp
