// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/guard.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <optional>
#include <utility>

#include "io/directory_lock.hpp"

namespace kmodpp::io {

namespace {

/// The descriptors that the guard keeps open. It closes all others, which may be pipes
/// whose end another process waits for.
struct Descriptors {
    int directory;
    int lock;  ///< or -1
    int channel;
    int owner;  ///< a pidfd, or -1
};

void close_range(int first, int last) {
    // Linux before 5.9 has no such call; the descriptors then stay open with the guard.
    if (first <= last)
        ::syscall(SYS_close_range, static_cast<unsigned>(first),
                  static_cast<unsigned>(last), 0U);
}

void close_all_but(const Descriptors& kept) {
    std::array numbers = {kept.directory, kept.lock, kept.channel, kept.owner};
    std::ranges::sort(numbers);
    int next = 0;
    for (const int number : numbers) {
        close_range(next, number - 1);
        next = number + 1;
    }
    close_range(next, INT_MAX);
}

/// Main function of the guard. It makes async-signal-safe calls only: another thread
/// may have held any lock of the process when it was copied.
[[noreturn]] void watch(SetPicture& set, const Descriptors& kept, int owner_end) {
    ::setsid();
    ::prctl(PR_SET_NAME, "kmodpp-guard");
    ::close(owner_end);
    close_all_but(kept);

    // The channel ends if the owner closes it, executes another program or dies. A child
    // of the owner may have a copy of it, but is not the process of the pidfd.
    std::array ends = {pollfd{kept.channel, POLLIN, 0}, pollfd{kept.owner, POLLIN, 0}};
    int ended = -1;
    do ended = ::poll(ends.data(), ends.size(), -1);
    while (ended < 0 && errno == EINTR);
    if (ended > 0) {
        settle(set, kept.directory);
        remove_lock_file(kept.directory, kept.lock);
    }
    ::_exit(0);
}

/// fork() without its side effects: it would send SIGCHLD to a program that expects no
/// child, and run the handlers of pthread_atfork. As with fork(), only this thread is
/// copied, with its stack. The order of the arguments depends on the architecture; all
/// of them are zero.
pid_t copy_process() {
    return static_cast<pid_t>(::syscall(SYS_clone, 0L, 0L, 0L, 0L, 0L));
}

}  // namespace

Result<Guard> Guard::start(SetPicture& set, int directory, int lock) {
    const auto failed = [] {
        return fail_errno(errno, "cannot start a process that guards the files");
    };
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return failed();
    Fd owner_end(ends[0]);
    const Fd guard_end(ends[1]);
    // Always close-on-exec; -1 on Linux before 5.3.
    const Fd owner(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0U)));

    // No handler of the embedding program may run in the copy.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t process = copy_process();
    const auto failure = process < 0 ? std::optional(failed()) : std::nullopt;
    if (process == 0)
        watch(set, {directory, lock, guard_end.get(), owner.get()}, owner_end.get());
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (failure) return *failure;
    return Guard(std::move(owner_end), process);
}

Guard::Guard(Guard&& other) noexcept
    : channel_(std::move(other.channel_)), process_(std::exchange(other.process_, 0)) {}

Guard& Guard::operator=(Guard&& other) noexcept {
    std::swap(channel_, other.channel_);
    std::swap(process_, other.process_);
    return *this;
}

Guard::~Guard() {
    if (process_ <= 0) return;
    // close() alone would not end the guard if another process has a copy of the
    // descriptor.
    ::shutdown(channel_.get(), SHUT_WR);
    ::close(channel_.release());
    while (::waitpid(process_, nullptr, __WALL) < 0 && errno == EINTR) {
    }
}

}  // namespace kmodpp::io
