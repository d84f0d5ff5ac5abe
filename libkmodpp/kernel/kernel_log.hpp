// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading what a kernel has said since a moment: records of /dev/kmsg, or lines of a
// file.
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
///    KEY=VALUE                                       more lines, each behind a blank
///
/// TEXT has control characters and backslashes as \xNN. Empty for what is no record.
[[nodiscard]] std::string_view text_of_record(std::string_view record);

/// /dev/kmsg at its end. A closed mark where it cannot be opened: for the unprivileged
/// under dmesg_restrict, or in a container.
[[nodiscard]] LogMark mark_kmsg(const io::Root& root);
/// Never waits. nullopt for a closed mark.
[[nodiscard]] std::optional<std::vector<std::string>> read_kmsg(const LogMark& mark);

/// The size of a file of lines, 0 when there is none.
[[nodiscard]] LogMark mark_log_file(const io::Root& root, std::string_view path);
/// No file: no lines.
[[nodiscard]] std::optional<std::vector<std::string>> read_log_file(const io::Root& root,
                                                                    std::string_view path,
                                                                    const LogMark& mark);

}  // namespace kmodpp::kernel
