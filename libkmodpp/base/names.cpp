// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/names.hpp"

#include <algorithm>
#include <array>

namespace kmodpp {

namespace {
constexpr std::array<std::string_view, 4> kModuleSuffixes = {".ko", ".ko.gz", ".ko.xz",
                                                             ".ko.zst"};

/// NAME_MAX minus the length that a temporary name adds.
constexpr std::size_t kMaxEntryName = 240;

char normal(char c) { return c == '-' ? '_' : c; }
}  // namespace

std::string normalise_module_name(std::string_view name) {
    std::string out(name);
    std::ranges::replace(out, '-', '_');
    return out;
}

std::optional<std::string> normalise_alias(std::string_view alias) {
    std::string out(alias);
    for (std::size_t at = 0; at < out.size(); ++at) {
        if (out[at] == '-') {
            out[at] = '_';
        } else if (out[at] == '[') {
            at = out.find(']', at);
            if (at == std::string::npos) return std::nullopt;
        } else if (out[at] == ']') {
            return std::nullopt;
        }
    }
    return out;
}

bool same_module_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, normal, normal);
}

std::string_view module_suffix(std::string_view file_name) {
    for (const std::string_view suffix : kModuleSuffixes)
        if (file_name.size() > suffix.size() && file_name.ends_with(suffix))
            return suffix;
    return {};
}

std::string_view without_compression_suffix(std::string_view path) {
    const std::string_view suffix = module_suffix(path);
    if (!suffix.empty()) path.remove_suffix(suffix.size() - kModuleSuffixes[0].size());
    return path;
}

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool is_entry_name(std::string_view name) {
    return !name.empty() && name.size() <= kMaxEntryName && name != "." && name != ".." &&
           name.find('/') == std::string_view::npos &&
           name.find('\0') == std::string_view::npos;
}

std::string module_name_of_path(std::string_view path) {
    const std::string_view base = base_name(path);
    return normalise_module_name(base.substr(0, base.find('.')));
}

}  // namespace kmodpp
