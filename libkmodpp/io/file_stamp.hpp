// SPDX-License-Identifier: LGPL-2.1-or-later
// Identity of a file and of its contents: device, inode, size, times.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <cstdint>

namespace kmodpp::io {

/// Nanoseconds since the epoch, by the clock that file systems use for timestamps.
using FileTime = std::chrono::nanoseconds;

/// Plain data. Two equal stamps mean the same contents, if the stamp was settled when the
/// contents were read.
struct FileStamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;  ///< bytes
    FileTime modified{};     ///< st_mtim
    FileTime changed{};      ///< st_ctim, which programs cannot set
    bool operator==(const FileStamp&) const = default;

    [[nodiscard]] static FileStamp of(const struct stat& status);

    /// False if a change at \p now or later could leave the same times: timestamps are as
    /// coarse as the timer tick (10 ms), or 2 seconds on file systems without fractions.
    [[nodiscard]] bool is_settled(FileTime now) const;
};

/// The clock of FileTime.
[[nodiscard]] FileTime file_time_now();

}  // namespace kmodpp::io
