// SPDX-License-Identifier: LGPL-2.1-or-later
// The lock of who is about to change a directory.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "io/fd.hpp"

namespace kmodpp::io {

/// Beside the files that are locked, while they are.
inline constexpr char kLockFile[] = ".modules.lock";

/// One writer of a directory at a time. What is locked is not the directory itself, which
/// everyone who may read it could hold, but a file in it that nobody else may open
/// (flock; mode 0600). It goes when the lock is given back. One that somebody who was
/// killed has left is taken over; what no such process can have left is refused:
/// symbolic links, special files, files of other users, files that others may open.
///
/// It is no lock at all where nothing can be written anyway (a directory without the
/// right to, a file system that is read-only), and where the file system has no locks.
class DirectoryLock {
public:
    /// Waits for it. Borrows the descriptor. \param display the directory, for people
    [[nodiscard]] static Result<DirectoryLock> take(int directory,
                                                    std::string_view display);
    DirectoryLock() = default;
    DirectoryLock(DirectoryLock&&) noexcept = default;
    DirectoryLock& operator=(DirectoryLock&& other) noexcept;
    /// Gives it back.
    ~DirectoryLock();

    /// False: there is none.
    [[nodiscard]] explicit operator bool() const { return static_cast<bool>(file_); }
    /// Who has a copy of the descriptor holds the lock as well; -1: there is none.
    [[nodiscard]] int file() const { return file_.get(); }

private:
    DirectoryLock(int directory, Fd file)
        : directory_(directory), file_(std::move(file)) {}
    int directory_ = -1;
    Fd file_;
};

/// For a holder of the lock, before his descriptor is closed; may be called by each of
/// them. Makes async-signal-safe calls only.
void remove_lock_file(int directory, int file);

}  // namespace kmodpp::io
