// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the lines of modprobe.d and depmod.d files: what both grammars have in common.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "kmodpp/origin.hpp"

namespace kmodpp {

/// A line that is neither empty nor a comment, with its continuation lines joined.
struct ConfigLine {
    std::string_view text;
    unsigned number = 0;  ///< of its last physical line
};

/// A warning about a line of a configuration file.
struct ConfigRemark {
    Origin origin;
    std::string text;
    bool deprecated = false;  ///< an obsolete verb; otherwise an invalid line
};

/// A verb of a configuration grammar: one row of its table.
template <class Config>
struct ConfigVerb {
    std::string_view name;
    /// Reads the line after the verb; false if it is invalid. Null for a verb that is
    /// obsolete or has no effect, as \p remark explains.
    bool (*read)(std::string_view rest, const Origin& origin, Config& config);
    std::string_view remark;
};

/// Reads the lines that are neither empty nor comments (the first character that is not a
/// blank is '#'). A backslash before a newline joins the two lines. Before any other
/// character, and at the end of the text, it is dropped, as it always was in these
/// files. CR LF is a newline, and a CR at the end of the text is dropped.
class ConfigLines {
public:
    /// \param text borrowed
    explicit ConfigLines(std::string_view text) : rest_(text) {}

    /// The next line, whose text is valid until the next call; nullopt at the end.
    [[nodiscard]] std::optional<ConfigLine> next();

private:
    ConfigLine take();
    ConfigLine take_joined();

    std::string_view rest_;
    unsigned number_ = 1;  ///< of the first line in rest_
    std::string joined_;   ///< the last line, if it is not a part of the text
};

/// Removes the next word from \p rest, with the blanks before it and one blank after it.
/// Empty at the end.
[[nodiscard]] std::string_view take_word(std::string_view& rest);

/// Adds the rules of one file to \p config, using a table of verbs. Invalid lines
/// become remarks.
template <class Config>
void parse_config(std::string_view text, const std::string& file,
                  std::span<const ConfigVerb<Config>> verbs, Config& config) {
    Origin origin{file, 0};
    ConfigLines lines(text);
    while (const auto line = lines.next()) {
        origin.line = line->number;
        std::string_view rest = line->text;
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
