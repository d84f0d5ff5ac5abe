// SPDX-License-Identifier: LGPL-2.1-or-later
// Text whose parts have a meaning, which a terminal shows in colour.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kmodpp::cli {

/// What a part of a text means.
enum class Style : unsigned char { plain, heading, good, warning, bad };

/// Escapes control characters as terminal_output() does, and then adds the colour, so
/// that the result contains no other escape sequences.
[[nodiscard]] std::string coloured(Style style, std::string_view untrusted);

/// Text that is printed in colour or without. The styles are stored separately: the text
/// never contains escape sequences of its own.
class StyledText {
public:
    /// Appends without a style.
    StyledText& operator+=(std::string_view text) {
        text_ += text;
        return *this;
    }
    StyledText& operator+=(const StyledText& other);
    /// Appends text with a style.
    StyledText& add(Style style, std::string_view text);

    [[nodiscard]] bool empty() const { return text_.empty(); }
    [[nodiscard]] const std::string& plain() const { return text_; }
    /// The text for a terminal: control characters are escaped, then colours are added.
    [[nodiscard]] std::string in_colour() const;

private:
    struct Part {
        std::size_t begin, end;
        Style style;
    };
    std::string text_;
    std::vector<Part> parts_;  ///< those with a style, in their order
};

}  // namespace kmodpp::cli
