// SPDX-License-Identifier: LGPL-2.1-or-later
// A small process that finishes a set of files if its owner is killed.
#pragma once

#include <sys/types.h>

#include "base/error.hpp"
#include "io/fd.hpp"
#include "io/staged_set.hpp"

namespace kmodpp::io {

/// No system call replaces several files at once, and no process can block SIGKILL, so
/// another process has to finish what a killed one began. The guard is a copy of the
/// process that waits for its owner to end and then settles the set. Until it has, it
/// holds the lock of the directory with the descriptor that it inherited; then it
/// removes the lock file.
///
/// It runs in its own session and blocks every signal, so that signals to a terminal or
/// a process group do not end it; its name is kmodpp-guard. It receives no messages,
/// because the set is in memory that both processes share. A program that embeds the
/// library gets no SIGCHLD for it, and a plain wait() does not return it.
///
/// A guard is needed although the next writer finishes a set as well
/// (commit_record.hpp): until then, readers would find a mixed set. If owner and guard
/// are killed together (a control group, a PID namespace), readers may find one.
///
/// Move-only; a copy made by fork() of the embedding program must not be used.
class Guard {
public:
    /// The guard borrows all arguments while it runs. Fails if no process can be
    /// created.
    /// \param lock of DirectoryLock, or -1
    [[nodiscard]] static Result<Guard> start(SetPicture& set, int directory, int lock);
    Guard() = default;
    Guard(Guard&& other) noexcept;
    Guard& operator=(Guard&& other) noexcept;
    /// Makes the guard settle the set, and waits for its end.
    ~Guard();

    [[nodiscard]] explicit operator bool() const { return process_ > 0; }
    /// 0 if there is no guard.
    [[nodiscard]] pid_t process() const { return process_; }

private:
    Guard(Fd channel, pid_t process) : channel_(std::move(channel)), process_(process) {}
    Fd channel_;  ///< the guard ends when this is closed
    pid_t process_ = 0;
};

}  // namespace kmodpp::io
