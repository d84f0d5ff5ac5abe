// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/config_lines.hpp"

#include "base/text.hpp"

namespace kmodpp {

namespace {
constexpr std::string_view kBlanks = " \t";

bool is_significant(std::string_view line) {
    const std::size_t first = line.find_first_not_of(kBlanks);
    return first != std::string_view::npos && line[first] != '#';
}
}  // namespace

std::vector<ConfigLine> read_config_lines(std::string_view text) {
    std::vector<ConfigLine> lines;
    unsigned number = 1;
    std::string line;
    const auto finish = [&] {
        if (is_significant(line)) lines.push_back({std::move(line), number});
        line.clear();
    };
    // Files from other systems may end lines in CR LF. A CR must not become part of a
    // name, which would then never match.
    const auto is_carriage_return = [text](std::size_t at) {
        return text.substr(at) == "\r" || text.substr(at).starts_with("\r\n");
    };
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_carriage_return(at)) continue;
        char c = text[at];
        if (c == '\n') {
            finish();
            ++number;
            continue;
        }
        if (c == '\\') {
            ++at;
            if (at < text.size() && is_carriage_return(at)) ++at;
            // A backslash at the end of the text is dropped.
            if (at >= text.size()) break;
            c = text[at];
            if (c == '\n') {
                ++number;
                continue;
            }
        }
        line += c;
    }
    finish();
    return lines;
}

std::string_view take_word(std::string_view& rest) {
    const std::size_t first = rest.find_first_not_of(kBlanks);
    rest.remove_prefix(first == std::string_view::npos ? rest.size() : first);
    const std::size_t end = rest.find_first_of(kBlanks);
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return word;
}

}  // namespace kmodpp
