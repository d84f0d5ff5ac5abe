// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// The origin of a setting: a line of a file, or a source without lines.
#pragma once

#include <string>

namespace kmodpp {

/// The origin of a piece of configuration. Value type.
struct Origin {
    /// Path of the file, or another source: "kernel command line", "command line". Empty:
    /// no origin.
    std::string file = {};
    unsigned line = 0;  ///< counted from 1; 0 if the source has no lines

    /// True if there is no origin.
    [[nodiscard]] bool empty() const { return file.empty(); }
    /// "FILE line N", or "FILE" alone.
    [[nodiscard]] std::string describe() const {
        return line == 0 ? file : file + " line " + std::to_string(line);
    }
};

}  // namespace kmodpp
