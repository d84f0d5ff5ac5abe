// SPDX-License-Identifier: LGPL-2.1-or-later
// Exclusive lock held while a directory is being changed.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "io/fd.hpp"

namespace kmodpp::io {

/// Name of the lock file. It exists in a directory while that is locked.
inline constexpr char kLockFile[] = ".modules.lock";

/// Allows one writer of a directory at a time. The lock is not on the directory itself,
/// which every user who may read it could lock, but on a file in it that no other user
/// may open (flock; mode 0600). The file is removed when the lock is released. A stale
/// lock file is reused; anything else under that name is refused: symlinks, special
/// files, files of other users, files with a lax mode. Where the file system fixes the
/// modes (vfat, CIFS), a lax mode is accepted: every user who may read the directory
/// can then keep depmod waiting.
///
/// No lock is taken if nothing can be written anyway (no permission, read-only file
/// system), or if the file system does not support locks.
class DirectoryLock {
public:
    /// Waits for the lock. Borrows \p directory.
    /// \param display the directory, for messages
    [[nodiscard]] static Result<DirectoryLock> take(int directory,
                                                    std::string_view display);
    DirectoryLock() = default;
    DirectoryLock(DirectoryLock&&) noexcept = default;
    DirectoryLock& operator=(DirectoryLock&& other) noexcept;
    /// Releases the lock.
    ~DirectoryLock();

    /// False if no lock was taken.
    [[nodiscard]] explicit operator bool() const { return static_cast<bool>(file_); }
    /// The locked descriptor, or -1. A process that inherits a copy of it holds the
    /// lock as well.
    [[nodiscard]] int file() const { return file_.get(); }

private:
    DirectoryLock(int directory, Fd file)
        : directory_(directory), file_(std::move(file)) {}
    int directory_ = -1;
    Fd file_;
};

/// Removes the lock file. For a process that holds the lock, before it closes its
/// descriptor; all of several holders may call it. Async-signal-safe.
void remove_lock_file(int directory, int file);

}  // namespace kmodpp::io
