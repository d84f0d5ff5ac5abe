// SPDX-License-Identifier: LGPL-2.1-or-later
#include "action/kernel_messages.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace kmodpp {

namespace {

/// More is not shown, and a log may be long.
constexpr std::size_t kMaxLines = 100;

using Captures = std::vector<std::string_view>;

/// A line of the kernel behind the module's name, and what it tells (sources:
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

/// The errno behind a symbol that is not usable tells more than the word "unknown".
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
constexpr std::array<Message, 17> kMessages = {{
    {"Unknown symbol % (err %)", take_symbol},
    {"disagrees about version of symbol %", add_first<&K::changed_symbols>},
    {"no symbol version for %", add_first<&K::unversioned_symbols>},
    {"module uses symbol % from namespace %, but does not import it.", take_namespace},
    {"module uses symbol (%) from namespace %, but does not import it.", take_namespace},
    {"version magic '%' should be '%'", set_pair<&K::vermagic>},
    {"exports duplicate symbol % (owned by %)", set_pair<&K::duplicate>},
    {"'%' invalid for parameter '%'", take_parameter},
    {"'%' too large for parameter '%'", take_parameter},
    {"'%' too long for parameter '%'", take_parameter},
    {"unknown parameter '%' ignored", ignore},
    {"No module found in object", set_flag<&K::no_module>},
    {"no module found in the file (no this_module)", set_flag<&K::no_module>},
    {"Module % is blacklisted", set_flag<&K::blacklisted>},
    {"module is already loaded", ignore},
    {"% taints kernel.", ignore},
    {"%kernel tainted.", ignore},
}};

/// What stands behind "NAME: " or "module NAME: "; nullopt: the line is about another.
std::optional<std::string_view> about(const std::vector<std::string>& names,
                                      std::string_view line) {
    for (std::string_view rest : {line, line.substr(line.starts_with("module ") ? 7 : 0)})
        for (const std::string& name : names) {
            if (name.empty() || !rest.starts_with(name)) continue;
            const std::string_view behind = rest.substr(name.size());
            if (behind.starts_with(": ")) return behind.substr(2);
        }
    return std::nullopt;
}

/// Lines that name no module, or name it elsewhere. True: it is about the load.
bool take_general(KernelMessages& out, const std::vector<std::string>& names,
                  std::string_view line) {
    if (const auto found = match_message("Module % is blacklisted", line)) {
        if (std::ranges::find(names, found->front()) == names.end()) return false;
        out.blacklisted = true;
        return true;
    }
    // "Loading of unsigned module is rejected"; a prefix came with newer kernels.
    if (const auto found = match_message("%Loading of % is rejected", line)) {
        out.rejected = (*found)[1];
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
    std::size_t hole = pattern.find('%');
    if (!text.starts_with(pattern.substr(0, hole))) return std::nullopt;
    if (hole == std::string_view::npos)
        return text.size() == pattern.size() ? std::optional(captures) : std::nullopt;
    text.remove_prefix(hole);
    pattern.remove_prefix(hole + 1);
    while (true) {
        hole = pattern.find('%');
        const std::string_view literal = pattern.substr(0, hole);
        const bool is_last = hole == std::string_view::npos;
        if (is_last) {
            if (!text.ends_with(literal)) return std::nullopt;
            captures.push_back(text.substr(0, text.size() - literal.size()));
            return captures;
        }
        const std::size_t end = text.find(literal);
        if (end == std::string_view::npos) return std::nullopt;
        captures.push_back(text.substr(0, end));
        text.remove_prefix(end + literal.size());
        pattern.remove_prefix(hole + 1);
    }
}

KernelMessages read_kernel_messages(const std::vector<std::string>& names,
                                    const std::vector<std::string>& log) {
    KernelMessages out;
    for (const std::string& line : log) {
        bool explained = take_general(out, names, line);
        const auto text = about(names, line);
        if (!explained && !text) continue;
        for (const Message& message : kMessages) {
            if (explained) break;
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
