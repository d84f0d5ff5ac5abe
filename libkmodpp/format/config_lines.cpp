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

std::optional<ConfigLine> ConfigLines::next() {
    while (!rest_.empty()) {
        const ConfigLine line = take();
        if (is_significant(line.text)) return line;
    }
    return std::nullopt;
}

ConfigLine ConfigLines::take() {
    const std::string_view line = rest_.substr(0, rest_.find('\n'));
    if (line.contains('\\') || line.contains('\r')) return take_joined();
    rest_.remove_prefix(std::min(line.size() + 1, rest_.size()));
    return {line, number_++};
}

ConfigLine ConfigLines::take_joined() {
    // Files from other systems may end lines in CR LF. A CR must not become part of a
    // name, which would then never match.
    const auto is_carriage_return = [this](std::size_t at) {
        return rest_.substr(at) == "\r" || rest_.substr(at).starts_with("\r\n");
    };
    joined_.clear();
    std::size_t at = 0;
    for (; at < rest_.size(); ++at) {
        const std::size_t run = at;
        at = kSpecial.find(rest_, at);
        joined_ += rest_.substr(run, at - run);
        if (at == rest_.size() || rest_[at] == '\n') break;
        if (is_carriage_return(at)) continue;
        char c = rest_[at];
        if (c == '\\') {
            ++at;
            if (at < rest_.size() && is_carriage_return(at)) ++at;
            // A backslash at the end of the text is dropped.
            if (at >= rest_.size()) break;
            c = rest_[at];
            if (c == '\n') {
                ++number_;
                continue;
            }
        }
        joined_ += c;
    }
    rest_.remove_prefix(std::min(at + 1, rest_.size()));
    return {joined_, number_++};
}

std::string_view take_word(std::string_view& rest) {
    rest.remove_prefix(kBlanks.find_other(rest));
    const std::size_t end = kBlanks.find(rest);
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return word;
}

}  // namespace kmodpp
