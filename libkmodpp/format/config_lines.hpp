// SPDX-License-Identifier: LGPL-2.1-or-later
// The lines of modprobe.d and depmod.d files: what both grammars share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kmodpp {

/// Where a piece of configuration stands.
struct Origin {
    std::string file;   ///< as a person would open it; or the name of another source
    unsigned line = 0;  ///< from 1; 0 where the source has no lines

    /// "FILE line N", or "FILE" alone.
    [[nodiscard]] std::string describe() const;
};

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

/// Lines that are neither empty nor comments ('#' as the first character that is not
/// blank). A backslash before a newline joins the two lines; before anything else it is
/// dropped and the character stays, as it always was in these files.
[[nodiscard]] std::vector<ConfigLine> read_config_lines(std::string_view text);

/// Cuts the next word off `rest`: skips blanks (space, tab), takes up to the next blank
/// and that blank. Empty at the end.
[[nodiscard]] std::string_view take_word(std::string_view& rest);

}  // namespace kmodpp
