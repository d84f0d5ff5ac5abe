// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/modinfo.hpp"

#include <map>

#include "base/text.hpp"

namespace kmodpp {

namespace {

InfoEntry split_entry(std::string_view text) {
    const std::string_view key = take_until(text, '=');
    return {key, text};
}

/// The message about a bad entry at offset \p at.
std::string fault(std::string_view entry, std::size_t at, std::string_view what) {
    return cat("the entry at ", hex(at), " ", what, ": ", printable(entry, 64));
}

/// Calls `take(text, offset)` for every NUL-terminated text that is not empty. A last
/// text without NUL is malformed.
template <class Take>
Status each_text(std::string_view texts, Take take) {
    for (std::size_t at = 0; at < texts.size();) {
        const std::size_t end = texts.find('\0', at);
        if (end == std::string_view::npos)
            return fail(ErrorKind::malformed,
                        fault(texts.substr(at), at, "is not terminated"));
        if (end > at) take(texts.substr(at, end - at), at);
        at = end + 1;
    }
    return {};
}

}  // namespace

Result<std::vector<InfoEntry>> parse_modinfo(Bytes section) {
    constexpr std::size_t kUsualNumber = 32;
    std::vector<InfoEntry> entries;
    entries.reserve(kUsualNumber);
    auto done = each_text(as_text(section), [&](std::string_view text, std::size_t) {
        entries.push_back(split_entry(text));
    });
    if (!done) return std::unexpected(within(std::move(done).error(), ".modinfo"));
    return entries;
}

Result<std::vector<InfoEntry>> read_modinfo(const elf::Image& image) {
    TRY_ASSIGN(const Bytes section, image.contents(".modinfo"));
    return parse_modinfo(section);
}

std::optional<std::string_view> find_info(const std::vector<InfoEntry>& entries,
                                          std::string_view key) {
    for (const InfoEntry& entry : entries)
        if (entry.key == key) return entry.value;
    return std::nullopt;
}

BuiltinModinfoFile parse_builtin_modinfo(std::string_view text) {
    BuiltinModinfoFile file;
    const auto done = each_text(text, [&](std::string_view entry, std::size_t at) {
        const InfoEntry info = split_entry(entry);
        const std::size_t dot = info.key.find('.');
        if (dot == std::string_view::npos || dot == 0)
            file.remarks.push_back(fault(entry, at, "does not name a module"));
        else
            file.entries.push_back(
                {info.key.substr(0, dot), {info.key.substr(dot + 1), info.value}});
    });
    if (!done) file.remarks.push_back(done.error().message);
    return file;
}

std::vector<ParameterInfo> collect_parameters(const std::vector<InfoEntry>& entries) {
    std::vector<ParameterInfo> parameters;
    // Ordered, not hashed: the names come from the file and might be made to collide.
    std::map<std::string_view, std::size_t> place;
    for (const auto& [key, value] : entries) {
        const bool is_type = key == "parmtype";
        if (!is_type && key != "parm") continue;
        std::string_view rest = value;
        const bool has_text = rest.find(':') != std::string_view::npos;
        const std::string_view name = take_until(rest, ':');
        const auto [found, is_new] = place.try_emplace(name, parameters.size());
        if (is_new) parameters.push_back({name, {}, {}});
        if (!has_text) continue;
        ParameterInfo& parameter = parameters[found->second];
        (is_type ? parameter.type : parameter.description) = rest;
    }
    return parameters;
}

}  // namespace kmodpp
