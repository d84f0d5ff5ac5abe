// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/terminal.hpp"

#include <langinfo.h>
#include <locale.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/environment.hpp"
#include "cli/hex.hpp"

namespace kmodpp::cli {

namespace {

/// The length in bytes of the UTF-8 character at the start of the text; 0: not valid
/// UTF-8. Overlong forms and surrogates are invalid (source: the Unicode Standard,
/// table 3-7).
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

/// Whether the character controls the terminal or changes the order of the text.
bool is_control(std::string_view character) {
    if (character.size() == 1) {
        const auto byte = static_cast<unsigned char>(character[0]);
        return byte < 0x20 || byte == 0x7f;
    }
    // C1: U+0080 to U+009F.
    if (character.starts_with('\xc2'))
        return static_cast<unsigned char>(character[1]) < 0xa0;
    // Bidirectional controls (UAX #9) and line separators: U+061C, U+200E, U+200F,
    // U+2028 to U+202E, U+2066 to U+2069.
    return character == "\xd8\x9c" ||
           (character >= "\xe2\x80\x8e" && character <= "\xe2\x80\x8f") ||
           (character >= "\xe2\x80\xa8" && character <= "\xe2\x80\xae") ||
           (character >= "\xe2\x81\xa6" && character <= "\xe2\x81\xa9");
}

/// \param kept control characters that are not escaped
void append_safe(std::string& out, std::string_view text, std::string_view kept) {
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        const std::string_view character =
            text.substr(0, std::max<std::size_t>(length, 1));
        text.remove_prefix(character.size());
        if ((length != 0 && !is_control(character)) || kept.contains(character))
            out += character;
        else
            append_escaped(out, character);
    }
}

}  // namespace

bool stdout_is_terminal() {
    static const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
    return is_terminal;
}

bool obeys_control_sequences(int descriptor) {
    const char* const terminal = trusted_variable("TERM");
    return terminal != nullptr && std::string_view(terminal) != "dumb" &&
           ::isatty(descriptor) == 1;
}

std::optional<ColourUse> read_colour_use(std::string_view word) {
    static constexpr std::array<std::pair<std::string_view, ColourUse>, 3> kWords = {{
        {"auto", ColourUse::automatic},
        {"always", ColourUse::always},
        {"never", ColourUse::never},
    }};
    for (const auto& [name, use] : kWords)
        if (name == word) return use;
    return std::nullopt;
}

bool is_in_colour(ColourUse use, int descriptor) {
    if (use != ColourUse::automatic) return use == ColourUse::always;
    const char* const no_colour = trusted_variable("NO_COLOR");
    return (no_colour == nullptr || *no_colour == '\0') &&
           obeys_control_sequences(descriptor);
}

bool locale_is_utf8() {
    const locale_t locale = ::newlocale(LC_CTYPE_MASK, "", nullptr);
    if (locale == nullptr) return false;
    const bool is_utf8 = std::string_view(::nl_langinfo_l(CODESET, locale)) == "UTF-8";
    ::freelocale(locale);
    return is_utf8;
}

std::string terminal_text(std::string_view text) {
    std::string safe;
    while (!text.empty()) {
        if (const std::size_t line = text.find('\n'); line != 0) {
            append_safe(safe, text.substr(0, line), "\t");
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
    append_safe(safe, text, {});
    return safe;
}

std::string terminal_output(std::string_view text) {
    std::string safe;
    safe.reserve(text.size());
    append_safe(safe, text, "\n\t");
    return safe;
}

}  // namespace kmodpp::cli
