// SPDX-License-Identifier: LGPL-2.1-or-later
// Kills a process as it enters its n-th system call.
#pragma once

#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "support/traced_calls.hpp"

namespace kmodpp::test {

struct Killed {
    bool killed = false;
    std::string victim;   ///< the name of the thread that made the call
    unsigned calls = 0;   ///< number of calls seen
    int status = 0;       ///< wait status of the first process
    bool failed = false;  ///< the process could not be traced
};

namespace detail {

inline std::string name_of(pid_t thread) {
    const int fd = ::open(cat("/proc/", thread, "/comm").c_str(), O_RDONLY | O_CLOEXEC);
    std::array<char, 64> text{};
    const ssize_t size = fd < 0 ? 0 : ::read(fd, text.data(), text.size());
    if (fd >= 0) ::close(fd);
    return size <= 1 ? "" : std::string(text.data(), static_cast<std::size_t>(size - 1));
}

/// Calls of the allocator. Their number differs between runs, and none changes a file.
inline bool is_memory_call(std::uint64_t number) {
    constexpr std::array kCalls = {
        SYS_brk,   SYS_mmap, SYS_munmap, SYS_mremap, SYS_madvise,
#ifdef SYS_mmap2
        SYS_mmap2,
#endif
    };
    return std::ranges::any_of(
        kCalls, [number](auto call) { return std::cmp_equal(number, call); });
}

}  // namespace detail

/// Runs `work` as trace_calls() does, and kills the process that makes system call `n`
/// before the call takes effect; 0: no process. Calls of the allocator do not count.
template <class Work>
[[nodiscard]] Killed kill_at_call(unsigned n, Counted counted, Work work) {
    Killed result;
    const Traced traced = trace_calls(counted, work, [&](const TracedCall& call) {
        if (detail::is_memory_call(call.info.entry.nr) || ++result.calls != n)
            return Interference{};
        result.killed = true;
        result.victim = detail::name_of(call.thread);
        return Interference{.kill = true};
    });
    result.status = traced.status;
    result.failed = traced.failed;
    return result;
}

}  // namespace kmodpp::test
