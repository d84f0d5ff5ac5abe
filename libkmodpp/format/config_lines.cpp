// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/config_lines.hpp"

#include "base/text.hpp"

namespace kmodpp {

namespace {
/// Characters that may not be part of a line.
constexpr CharSet kSpecial("\n\r\\");

bool is_significant(std::string_view line) {
    const std::size_t first = kBlanks.find_other(line);
    return first < line.size() && line[first] != '#';
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
        const std::size_t run = at;
        at = kSpecial.find(text, at);
        line += text.substr(run, at - run);
        if (at == text.size()) break;
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
    rest.remove_prefix(kBlanks.find_other(rest));
    const std::size_t end = kBlanks.find(rest);
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return word;
}

}  // namespace kmodpp
