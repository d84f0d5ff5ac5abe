// SPDX-License-Identifier: LGPL-2.1-or-later
// Exclusive lock held while a directory is being changed.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "io/fd.hpp"

namespace kmodpp::io {

/// In the locked directory, while it is locked.
inline constexpr char kLockFile[] = ".modules.lock";

/// One writer of a directory at a time. The lock is not on the directory itself, which
/// every user who may read it could hold, but on a file in it that no other user may open
/// (flock; mode 0600). The file is removed when the lock is released. A stale lock file
/// is reused; anything else under that name is refused: symlinks, special files, files of
/// other users, files with a lax mode. Where the file system fixes the modes (vfat,
/// CIFS), a lax mode is accepted: every user who may read the directory can then keep
/// depmod waiting.
///
/// There is no lock where nothing can be written anyway (no permission, a read-only file
/// system), nor where the file system has no locks.
class DirectoryLock {
public:
    /// Waits for it. Borrows the descriptor. \param display the directory, for messages
    [[nodiscard]] static Result<DirectoryLock> take(int directory,
                                                    std::string_view display);
    DirectoryLock() = default;
    DirectoryLock(DirectoryLock&&) noexcept = default;
    DirectoryLock& operator=(DirectoryLock&& other) noexcept;
    /// Releases it.
    ~DirectoryLock();

    /// False: no lock.
    [[nodiscard]] explicit operator bool() const { return static_cast<bool>(file_); }
    /// A process with a copy of the descriptor holds the lock as well; -1: no lock.
    [[nodiscard]] int file() const { return file_.get(); }

private:
    DirectoryLock(int directory, Fd file)
        : directory_(directory), file_(std::move(file)) {}
    int directory_ = -1;
    Fd file_;
};

/// For a holder of the lock, before it closes its descriptor; every holder may call it.
/// Makes async-signal-safe calls only.
void remove_lock_file(int directory, int file);

}  // namespace kmodpp::io
