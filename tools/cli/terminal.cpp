// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace kmodpp::cli {

namespace {

/// Bytes of the character at the head of the text; 0: none begins there. Overlong forms
/// and surrogates are none (source: the Unicode Standard, table 3-7).
std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t at) {
        return static_cast<unsigned char>(text[at]);
    };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
    const unsigned first = byte(1);
    const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (first < low || first > high) return 0;
    for (std::size_t at = 2; at < length; ++at)
        if ((byte(at) & 0xc0) != 0x80) return 0;
    return length;
}

/// Of a sound character: is it obeyed rather than shown?
bool is_obeyed(std::string_view character) {
    if (character.size() == 1) {
        const auto byte = static_cast<unsigned char>(character[0]);
        return byte < 0x20 || byte == 0x7f;
    }
    // C1 is U+0080 to U+009F; the rest turns the direction of writing around.
    if (character.size() == 2)
        return character[0] == '\xc2' && static_cast<unsigned char>(character[1]) < 0xa0;
    if (!character.starts_with("\xe2\x80") && !character.starts_with("\xe2\x81"))
        return false;
    return (character >= "\xe2\x80\xaa" && character <= "\xe2\x80\xae") ||
           (character >= "\xe2\x81\xa6" && character <= "\xe2\x81\xa9");
}

void append_escaped(std::string& out, std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += "\\x";
        out += kDigits[byte >> 4];
        out += kDigits[byte & 0xf];
    }
}

void append_safe(std::string& out, std::string_view text, bool keep_tabs) {
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        const std::string_view character =
            text.substr(0, std::max<std::size_t>(length, 1));
        text.remove_prefix(character.size());
        if ((length != 0 && !is_obeyed(character)) || (keep_tabs && character == "\t"))
            out += character;
        else
            append_escaped(out, character);
    }
}

}  // namespace

bool stdout_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

std::string terminal_text(std::string_view text) {
    std::string safe;
    while (!text.empty()) {
        if (const std::size_t line = text.find('\n'); line != 0) {
            append_safe(safe, text.substr(0, line), true);
            text.remove_prefix(std::min(line, text.size()));
            continue;
        }
        safe += '\n';
        text.remove_prefix(1);
        if (!text.starts_with(' ') && !text.starts_with('\t')) safe += '\t';
    }
    return safe;
}

std::string terminal_line(std::string_view text) {
    std::string safe;
    append_safe(safe, text, false);
    return safe;
}

}  // namespace kmodpp::cli
