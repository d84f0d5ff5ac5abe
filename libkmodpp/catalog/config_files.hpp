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
    std::string path;  ///< as a person would open it
    std::string text;
    /// Other users could have written it: only lines that forbid something may count.
    bool foreign = false;
    bool operator==(const ConfigFile&) const = default;
};

/// Overrides that name no file, where an empty list would be the usual directories.
[[nodiscard]] inline std::vector<std::string> no_configuration() { return {{}}; }

/// A file that is not read, and the one that has its name in an earlier directory.
struct MaskedFile {
    std::string path;  ///< both as a person would open them
    std::string by;
};

/// The *.conf files of /etc, /run, /usr/local/lib, /usr/lib and /lib, each with \p
/// subdirectory ("modprobe.d"), merged by base name (the first directory wins), sorted
/// bytewise by base name. With \p overrides, those files and directories instead; one
/// that is missing is passed over. A file that cannot be read is a warning, a link that
/// leads nowhere a notice; one to /dev/null is an empty file. A file or directory that
/// other users could have written (ConfigWriters) is an error, and its files are foreign;
/// they do not take the place of others of their name. \p masked, where it is given,
/// takes the files that are left out for their names.
[[nodiscard]] std::vector<ConfigFile> read_config_files(
    const io::Root& root, std::string_view subdirectory,
    const std::vector<std::string>& overrides, MessageSink& messages,
    std::vector<MaskedFile>* masked = nullptr);

}  // namespace kmodpp
