// SPDX-License-Identifier: LGPL-2.1-or-later
// By what a file is told from another one, or from itself at another time.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <cstdint>

namespace kmodpp::io {

/// Nanoseconds since the epoch, by the clock with which file systems mark files.
using FileTime = std::chrono::nanoseconds;

/// Plain data. Two equal stamps mean the same contents, if the stamp was settled when the
/// contents were read.
struct FileStamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;  ///< bytes
    FileTime modified{};     ///< st_mtim
    FileTime changed{};      ///< st_ctim; no program can set it back
    bool operator==(const FileStamp&) const = default;

    [[nodiscard]] static FileStamp of(const struct stat& status);

    /// False when a change at the time \p now, or later, could leave the same times: the
    /// marks are as coarse as the timer tick (10 ms), or, on file systems that keep no
    /// fractions, as 2 seconds.
    [[nodiscard]] bool is_settled(FileTime now) const;
};

/// The clock of FileTime.
[[nodiscard]] FileTime file_time_now();

}  // namespace kmodpp::io
