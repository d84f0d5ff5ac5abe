// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the kernel log from a given point: records of /dev/kmsg, or lines of a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/root.hpp"
#include "kernel/kernel.hpp"

namespace kmodpp::kernel {

/// The text of a record of /dev/kmsg (source: Documentation/ABI/testing/dev-kmsg):
///
///   PRIORITY,SEQUENCE,MICROSECONDS,FLAGS[,…];TEXT
///    KEY=VALUE                                       more lines, each after a blank
///
/// TEXT has control characters and backslashes as \xNN. Empty for an invalid record.
[[nodiscard]] std::string_view text_of_record(std::string_view record);

/// Marks the end of /dev/kmsg. The mark is closed if the file cannot be opened: without
/// privileges under dmesg_restrict, or in a container.
[[nodiscard]] LogMark mark_kmsg(const io::Root& root);
/// Reads what was logged since the mark, without waiting. nullopt for a closed mark.
[[nodiscard]] std::optional<std::vector<std::string>> read_kmsg(const LogMark& mark);

/// Marks the end of a log file; offset 0 if it does not exist.
[[nodiscard]] LogMark mark_log_file(const io::Root& root, std::string_view path);
/// A missing file has no lines.
[[nodiscard]] std::optional<std::vector<std::string>> read_log_file(const io::Root& root,
                                                                    std::string_view path,
                                                                    const LogMark& mark);

}  // namespace kmodpp::kernel
