// SPDX-License-Identifier: LGPL-2.1-or-later
// Traces the system calls of a process with ptrace, to kill it or make a call fail.
#pragma once

#include <elf.h>
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <map>
#include <set>

#include "base/text.hpp"

namespace kmodpp::test {

enum class Counted {
    first_process,  ///< only its first thread
    all_processes,  ///< including threads and children
    all_but_first,  ///< all except the first process and its threads
};

/// A system call before its execution.
struct TracedCall {
    pid_t thread;
    const __ptrace_syscall_info& info;  ///< at its entry
};

/// What to do with the call.
struct Interference {
    bool kill = false;
    int error = 0;      ///< errno with which the call fails; 0: none
    bool make = false;  ///< execute the call although it reports an error
};

struct Traced {
    int status = 0;       ///< wait status of the first process
    bool failed = false;  ///< the process could not be traced
};

namespace detail {

inline bool is_thread_of(pid_t thread, pid_t process) {
    return ::access(cat("/proc/", process, "/task/", thread).c_str(), F_OK) == 0;
}

#if defined(__x86_64__)
inline void skip_call(pid_t thread) {
    ::ptrace(PTRACE_POKEUSER, thread, offsetof(user_regs_struct, orig_rax), -1L);
}
inline void set_result(pid_t thread, long result) {
    ::ptrace(PTRACE_POKEUSER, thread, offsetof(user_regs_struct, rax), result);
}
#elif defined(__i386__)
inline void skip_call(pid_t thread) {
    ::ptrace(PTRACE_POKEUSER, thread, offsetof(user_regs_struct, orig_eax), -1L);
}
inline void set_result(pid_t thread, long result) {
    ::ptrace(PTRACE_POKEUSER, thread, offsetof(user_regs_struct, eax), result);
}
#elif defined(__aarch64__)
inline void skip_call(pid_t thread) {
    int number = -1;
    iovec place{&number, sizeof number};
    ::ptrace(PTRACE_SETREGSET, thread, 0x404 /* NT_ARM_SYSTEM_CALL */, &place);
}
inline void set_result(pid_t thread, long result) {
    user_regs_struct registers{};
    iovec place{&registers, sizeof registers};
    ::ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &place);
    registers.regs[0] = static_cast<unsigned long>(result);
    ::ptrace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &place);
}
#else
#error "how a system call is skipped is not known of this architecture"
#endif

}  // namespace detail

/// Runs `work` in a child, which exits with the returned status, and calls `decide` for
/// every system call. Returns when all traced processes have ended. The calling process
/// must not have other children to wait for.
/// \param decide (const TracedCall&) -> Interference
template <class Work, class Decide>
[[nodiscard]] Traced trace_calls(Counted counted, Work work, Decide decide) {
    Traced result;
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

    // A new thread counts as alive once its creator has reported it, which may be before
    // or after the thread itself stops for the first time.
    std::set<pid_t> alive{first};
    std::set<pid_t> shown{first};
    std::map<pid_t, int> failing;  // thread -> the errno of the call that it is in
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
            if (info.op == PTRACE_SYSCALL_INFO_ENTRY &&
                (counted != Counted::all_but_first ||
                 !detail::is_thread_of(thread, first))) {
                const Interference wanted = decide(TracedCall{thread, info});
                if (wanted.kill) ::kill(thread, SIGKILL);
                if (wanted.error != 0) {
                    if (!wanted.make) detail::skip_call(thread);
                    failing[thread] = wanted.error;
                }
            } else if (const auto at = failing.find(thread);
                       info.op == PTRACE_SYSCALL_INFO_EXIT && at != failing.end()) {
                detail::set_result(thread, -at->second);
                failing.erase(at);
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
