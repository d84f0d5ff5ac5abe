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
};

/// The *.conf files of /etc, /run, /usr/local/lib, /usr/lib and /lib, each with \p
/// subdirectory
/// ("modprobe.d"), merged by base name (the first directory wins), sorted bytewise by
/// base name. With \p overrides, those files and directories instead; one that is missing
/// is passed over. A file that cannot be read is a warning.
[[nodiscard]] std::vector<ConfigFile> read_config_files(
    const io::Root& root, std::string_view subdirectory,
    const std::vector<std::string>& overrides, MessageSink& messages);

}  // namespace kmodpp
