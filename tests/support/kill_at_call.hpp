// SPDX-License-Identifier: LGPL-2.1-or-later
// Kills a process as it enters its n-th system call, with ptrace.
#pragma once

#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <set>
#include <string>

#include "base/text.hpp"

namespace kmodpp::test {

enum class Counted {
    first_process,  ///< its first thread; what it starts runs on unseen
    all_processes,  ///< in the order in which they come, threads and children included
    all_but_first,  ///< the first process and its threads run as they like
};

struct Killed {
    bool killed = false;
    std::string victim;   ///< the name of the thread that made the call
    unsigned calls = 0;   ///< that were seen
    int status = 0;       ///< of the first process, as waitpid() says
    bool failed = false;  ///< it could not be traced
};

namespace detail {

inline std::string name_of(pid_t thread) {
    const int fd = ::open(cat("/proc/", thread, "/comm").c_str(), O_RDONLY | O_CLOEXEC);
    std::array<char, 64> text{};
    const ssize_t size = fd < 0 ? 0 : ::read(fd, text.data(), text.size());
    if (fd >= 0) ::close(fd);
    return size <= 1 ? "" : std::string(text.data(), static_cast<std::size_t>(size - 1));
}

inline bool is_thread_of(pid_t thread, pid_t process) {
    return ::access(cat("/proc/", process, "/task/", thread).c_str(), F_OK) == 0;
}

}  // namespace detail

/// Runs `work` in a child, which ends with the status that it returns, and kills the
/// process that makes system call `n` before the call does anything; 0: nobody. Returns
/// when all that it sees have ended. The calling process must have no other children that
/// it wants to wait for.
template <class Work>
[[nodiscard]] Killed kill_at_call(unsigned n, Counted counted, Work work) {
    Killed result;
    const pid_t first = ::fork();
    if (first == 0) {
        if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(125);
        ::raise(SIGSTOP);
        ::_exit(work());
    }
    int status = 0;
    if (first < 0 || ::waitpid(first, &status, 0) != first || !WIFSTOPPED(status)) {
        result.failed = true;
        return result;
    }
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (counted != Counted::first_process)
        options |= PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;
    result.failed = ::ptrace(PTRACE_SETOPTIONS, first, nullptr, options) != 0 ||
                    ::ptrace(PTRACE_SYSCALL, first, nullptr, nullptr) != 0;

    // A new thread is alive when its maker has told of it, which may be before or after
    // it shows itself, stopped.
    std::set<pid_t> alive{first};
    std::set<pid_t> shown{first};
    while (!alive.empty() && !result.failed) {
        const pid_t thread = ::waitpid(-1, &status, __WALL);
        if (thread < 0) {
            if (errno == EINTR) continue;
            break;
        }
        if (!WIFSTOPPED(status)) {
            if (thread == first) result.status = status;
            alive.erase(thread);
            continue;
        }
        alive.insert(thread);
        const bool is_new = shown.insert(thread).second;
        const int signal = WSTOPSIG(status);
        long passed_on = 0;
        if (signal == (SIGTRAP | 0x80)) {
            __ptrace_syscall_info info{};
            ::ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info);
            const bool counts = info.op == PTRACE_SYSCALL_INFO_ENTRY &&
                                (counted != Counted::all_but_first ||
                                 !detail::is_thread_of(thread, first));
            if (counts && ++result.calls == n) {
                result.killed = true;
                result.victim = detail::name_of(thread);
                ::kill(thread, SIGKILL);
            }
        } else if (status >> 16 != 0) {
            unsigned long made = 0;
            if (status >> 16 != PTRACE_EVENT_EXEC &&
                ::ptrace(PTRACE_GETEVENTMSG, thread, nullptr, &made) == 0 &&
                !shown.contains(static_cast<pid_t>(made)))
                alive.insert(static_cast<pid_t>(made));
        } else if (!(is_new && signal == SIGSTOP)) {
            passed_on = signal;
        }
        ::ptrace(PTRACE_SYSCALL, thread, nullptr, passed_on);
    }
    if (result.failed) {
        ::kill(first, SIGKILL);
        ::waitpid(first, &result.status, __WALL);
    }
    return result;
}

}  // namespace kmodpp::test
