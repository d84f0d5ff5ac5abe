// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/styled_text.hpp"

#include <array>
#include <utility>

#include "cli/terminal.hpp"

namespace kmodpp::cli {

namespace {

/// Sequences of ECMA-48 (select graphic rendition), in the order of the enumerators of
/// Style. These colours are readable on dark and light backgrounds.
constexpr std::array<std::string_view, 5> kSequences = {"", "\033[1m", "\033[32m",
                                                        "\033[33m", "\033[1;31m"};
constexpr std::string_view kReset = "\033[0m";

}  // namespace

std::string coloured(Style style, std::string_view untrusted) {
    const std::string safe = terminal_output(untrusted);
    const std::string_view sequence = kSequences[std::to_underlying(style)];
    if (sequence.empty() || safe.empty()) return safe;
    return std::string(sequence).append(safe).append(kReset);
}

StyledText& StyledText::operator+=(const StyledText& other) {
    const std::size_t offset = text_.size();
    text_ += other.text_;
    // By index, because the other text may be this one.
    for (std::size_t i = 0, count = other.parts_.size(); i < count; ++i) {
        const Part part = other.parts_[i];
        parts_.push_back({part.begin + offset, part.end + offset, part.style});
    }
    return *this;
}

StyledText& StyledText::add(Style style, std::string_view text) {
    if (style != Style::plain)
        parts_.push_back({text_.size(), text_.size() + text.size(), style});
    return *this += text;
}

std::string StyledText::in_colour() const {
    const std::string_view text = text_;
    std::string out;
    std::size_t at = 0;
    for (const Part& part : parts_) {
        out += terminal_output(text.substr(at, part.begin - at));
        out += coloured(part.style, text.substr(part.begin, part.end - part.begin));
        at = part.end;
    }
    return out + terminal_output(text.substr(at));
}

}  // namespace kmodpp::cli
