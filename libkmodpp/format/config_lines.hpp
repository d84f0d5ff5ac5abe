// SPDX-License-Identifier: LGPL-2.1-or-later
// The lines of modprobe.d and depmod.d files: what both grammars share.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "kmodpp/origin.hpp"

namespace kmodpp {

/// A line that counts, its continuations joined.
struct ConfigLine {
    std::string text;
    unsigned number = 0;  ///< of its last physical line
};

/// Something to tell the person who wrote the file.
struct ConfigRemark {
    Origin origin;
    std::string text;
    bool deprecated = false;  ///< a verb that was understood once; otherwise a bad line
};

/// A verb of a configuration grammar: one row of its table.
template <class Config>
struct ConfigVerb {
    std::string_view name;
    /// Reads what stands behind the verb; false: the line is bad. Null: a verb that was
    /// understood once, or is accepted without effect; \p remark says so.
    bool (*read)(std::string_view rest, const Origin& origin, Config& config);
    std::string_view remark;
};

/// Lines that are neither empty nor comments ('#' as the first character that is not
/// blank). A backslash before a newline joins the two lines; before anything else it is
/// dropped and the character stays, as it always was in these files; one at the end of
/// the text is dropped too. CR LF is a newline, and a CR at the end of the text is
/// dropped.
[[nodiscard]] std::vector<ConfigLine> read_config_lines(std::string_view text);

/// Cuts the next word off `rest`: skips blanks (space, tab), takes up to the next blank
/// and that blank. Empty at the end.
[[nodiscard]] std::string_view take_word(std::string_view& rest);

/// Adds the rules of one file to \p config by the table of its verbs; lines that cannot
/// be read become remarks.
template <class Config>
void parse_config(std::string_view text, const std::string& file,
                  std::span<const ConfigVerb<Config>> verbs, Config& config) {
    for (const ConfigLine& line : read_config_lines(text)) {
        const Origin origin{file, line.number};
        std::string_view rest = line.text;
        const std::string_view word = take_word(rest);
        const auto verb = std::ranges::find(verbs, word, &ConfigVerb<Config>::name);
        if (verb != verbs.end() && verb->read == nullptr) {
            config.remarks.push_back(
                {origin, cat("command ", word, " ", verb->remark), true});
        } else if (verb == verbs.end() || !verb->read(rest, origin, config)) {
            config.remarks.push_back(
                {origin, cat("ignoring bad line starting with '", printable(word), "'")});
        }
    }
}

}  // namespace kmodpp
