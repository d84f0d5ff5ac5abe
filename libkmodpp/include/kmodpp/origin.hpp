// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Where something was said: a line of a file, or a source without lines.
#pragma once

#include <string>

namespace kmodpp {

/// Where a piece of configuration stands. Value type.
struct Origin {
    /// As a person would open it; or the name of another source: "kernel command line",
    /// "command line". Empty: nobody said it.
    std::string file = {};
    unsigned line = 0;  ///< from 1; 0 where the source has no lines

    /// Nobody said it.
    [[nodiscard]] bool empty() const { return file.empty(); }
    /// "FILE line N", or "FILE" alone.
    [[nodiscard]] std::string describe() const {
        return line == 0 ? file : file + " line " + std::to_string(line);
    }
};

}  // namespace kmodpp
