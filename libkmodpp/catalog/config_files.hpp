// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds and reads the files of a configuration directory list, such as modprobe.d.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/root.hpp"
#include "kmodpp/message.hpp"

namespace kmodpp {

struct ConfigFile {
    std::string path;  ///< as seen from outside the root
    std::string text;
    /// Untrusted users could have written it: only lines that forbid something are
    /// used.
    bool untrusted = false;
    bool operator==(const ConfigFile&) const = default;
};

/// Overrides that contain no file. (An empty list means the default directories.)
[[nodiscard]] inline std::vector<std::string> no_configuration() { return {{}}; }

/// A file that is not read because an earlier directory has a file of the same name.
struct MaskedFile {
    std::string path;  ///< as seen from outside the root
    std::string by;    ///< the file that is read instead
};

/// Reads the *.conf files in \p subdirectory ("modprobe.d") of /etc, /run,
/// /usr/local/lib, /usr/lib and /lib. If several have the same base name, only the first
/// is read. The result is sorted bytewise by base name. With \p overrides, reads those
/// files and directories instead, ignoring missing ones. Reports an unreadable file as
/// a warning and a dangling symlink as a notice; a symlink to /dev/null counts as an
/// empty file. Reports an error for a file or directory that untrusted users could have
/// written (ConfigWriters) and marks the files as untrusted; they do not hide other files
/// of their name.
/// \param masked if not null, receives the files that are hidden by others of their
/// name
[[nodiscard]] std::vector<ConfigFile> read_config_files(
    const io::Root& root, std::string_view subdirectory,
    const std::vector<std::string>& overrides, MessageSink& messages,
    std::vector<MaskedFile>* masked = nullptr);

}  // namespace kmodpp
