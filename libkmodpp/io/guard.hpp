// SPDX-License-Identifier: LGPL-2.1-or-later
// A small process that brings a set of files to its end when its owner is killed.
#pragma once

#include <sys/types.h>

#include "io/fd.hpp"
#include "io/staged_set.hpp"

namespace kmodpp::io {

/// No call replaces several files at once, and no process can keep a SIGKILL away: so
/// somebody else has to finish what was begun. The guard is a copy of the process that
/// waits for its owner to end and then settles the set as the picture says; until it has,
/// it holds the lock of the directory with the descriptor that it inherited, and then it
/// removes the file of the lock.
///
/// It has a session of its own and blocks every signal, so that what is sent to a
/// terminal or a process group spares it; it is called kmodpp-guard. It takes no message
/// from its owner: the picture is memory that both share, so that what the owner plans is
/// known without a call, whole, and without a bound by the buffer of a socket. A program
/// in which it is embedded gets no SIGCHLD, and no plain wait() finds it.
///
/// When owner and guard are killed together (a whole control group, a power failure), the
/// next writer removes their temporaries. Move-only; what is copied when the embedding
/// program forks must not be used there.
class Guard {
public:
    /// Borrows all for as long as the guard lives. Where no process can be had it is
    /// none: work goes on without. \param lock of DirectoryLock, or -1
    [[nodiscard]] static Guard start(SetPicture& set, int directory, int lock);
    Guard() = default;
    Guard(Guard&& other) noexcept;
    Guard& operator=(Guard&& other) noexcept;
    /// Sends it away, when it has settled what there is, and waits until it is gone.
    ~Guard();

    [[nodiscard]] explicit operator bool() const { return process_ > 0; }
    /// 0: there is none.
    [[nodiscard]] pid_t process() const { return process_; }

private:
    Guard(Fd channel, pid_t process) : channel_(std::move(channel)), process_(process) {}
    Fd channel_;  ///< of which the guard sees the end
    pid_t process_ = 0;
};

}  // namespace kmodpp::io
