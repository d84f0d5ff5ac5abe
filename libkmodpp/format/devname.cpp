// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/devname.hpp"

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"

namespace kmodpp {

namespace {

/// NAME_MAX, and PATH_MAX minus the length of "/dev/".
constexpr std::size_t kMaxComponent = 255;
constexpr std::size_t kMaxPath = 4000;

bool is_name_character(char c) {
    constexpr std::string_view kMarks = "_+,.:@#=~!-";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.contains(c);
}

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= kMaxComponent &&
           std::ranges::all_of(text, is_name_character);
}

std::unexpected<Error> bad(std::string_view what, std::string_view text,
                           std::string_view why) {
    return fail(ErrorKind::malformed, cat(what, " '", printable(text, 64), "' ", why));
}

Status check_path(std::string_view path) {
    if (path.size() > kMaxPath) return bad("the node", path, "is too long");
    // split_words() would drop empty components at both ends, which are errors here.
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string_view component = path.substr(begin, end - begin);
        if (component.empty() || component == "." || component == "..")
            return bad("the node", path, "is not a plain path under /dev");
        if (!is_name(component))
            return bad("the node", path,
                       "contains characters that are not allowed in device names");
        begin = end + 1;
    }
    return {};
}

Status parse_number(std::string_view text, DeviceNode& node) {
    const std::string_view whole = text;
    const char type = text.empty() ? '\0' : text.front();
    if (type != 'c' && type != 'b')
        return bad("the device number", whole, "begins with neither c nor b");
    text.remove_prefix(1);
    const auto major = parse_unsigned<unsigned>(take_until(text, ':'));
    const auto minor = parse_unsigned<unsigned>(text);
    if (!major || !minor) return bad("the device number", whole, "is not cMAJOR:MINOR");
    if (*major > kMaxMajor || *minor > kMaxMinor)
        return bad("the device number", whole, "exceeds the kernel's limit");
    node.block = type == 'b';
    node.major = *major;
    node.minor = *minor;
    return {};
}

Result<DeviceNode> parse_line(std::string_view line) {
    const auto words = split_words(line, kBlanks);
    if (words.size() != 3)
        return fail(ErrorKind::malformed,
                    cat("has ", words.size(), " fields where 3 are expected"));
    DeviceNode node;
    if (!is_name(words[0])) return bad("the module name", words[0], "is not valid");
    node.module = words[0];
    TRY(check_path(words[1]));
    node.path = words[1];
    TRY(parse_number(words[2], node));
    return node;
}

}  // namespace

DevnameFile parse_devname(std::string_view text) {
    DevnameFile file;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view line = take_until(text, '\n');
        if (line.starts_with('#') || trim(line).empty()) continue;
        auto node = parse_line(line);
        if (node)
            file.nodes.push_back(*std::move(node));
        else
            file.remarks.push_back(cat("line ", number, ": ", node.error().message));
    }
    return file;
}

std::string format_devname_line(const DeviceNode& node) {
    return cat(node.module, ' ', node.path, ' ', node.block ? 'b' : 'c', node.major, ':',
               node.minor, '\n');
}

}  // namespace kmodpp
