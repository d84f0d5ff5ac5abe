// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs a command and makes one of its system calls fail:
//
//   fail_at REPORT 0 0 COMMAND...
//       no failure; writes a line to REPORT for each call that may fail:
//       "NUMBER NAME ERRNO,ERRNO… PATH", or "fd N" instead of the path
//   fail_at REPORT NUMBER ERRNO COMMAND...
//       the call with this number fails
//
// Counts the calls of the program's first thread after the dynamic loader has finished.
// The exit status is that of the command, or 128 plus the signal number.
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "support/traced_calls.hpp"

namespace {

using namespace kmodpp;

constexpr int kNoPath = -1;

/// A call, and the errnos with which a file system or a lack of resources makes it fail.
struct Fallible {
    long number;
    std::string_view name;
    std::string_view codes;
    int path = kNoPath;  ///< index of the argument that points to a path
};
constexpr Fallible kFallible[] = {
#ifdef SYS_open
    {SYS_open, "open", "EIO,EMFILE,EACCES,ENOMEM", 0},
    {SYS_stat, "stat", "EIO,ENOMEM,EACCES", 0},
    {SYS_lstat, "lstat", "EIO,ENOMEM,EACCES", 0},
    {SYS_access, "access", "EIO,EACCES", 0},
    {SYS_readlink, "readlink", "EIO,EACCES", 0},
    {SYS_mkdir, "mkdir", "ENOSPC,EROFS,EACCES", 0},
    {SYS_rename, "rename", "ENOSPC,EIO,EROFS", 0},
    {SYS_unlink, "unlink", "EIO,EROFS", 0},
    {SYS_poll, "poll", "ENOMEM,EINTR"},
#endif
#ifdef SYS_newfstatat
    {SYS_newfstatat, "newfstatat", "EIO,ENOMEM,EACCES", 1},
#else  // 32 bits
    {SYS_fstatat64, "fstatat64", "EIO,ENOMEM,EACCES", 1},
    {SYS_fstat64, "fstat64", "EIO,ENOMEM"},
    {SYS_mmap2, "mmap2", "ENOMEM"},
    {SYS_ftruncate64, "ftruncate64", "EIO,ENOSPC"},
    {SYS_fcntl64, "fcntl64", "EMFILE"},
#endif
#ifdef SYS_renameat
    {SYS_renameat, "renameat", "ENOSPC,EIO,EROFS", 1},
#endif
    {SYS_openat, "openat", "EIO,EMFILE,EACCES,ENOMEM,ENOSPC", 1},
    {SYS_openat2, "openat2", "EIO,ENFILE,EACCES,ENOMEM", 1},
    {SYS_read, "read", "EIO,EINTR"},
    {SYS_pread64, "pread64", "EIO,EINTR"},
    {SYS_readv, "readv", "EIO"},
    {SYS_write, "write", "ENOSPC,EIO,EINTR"},
    {SYS_pwrite64, "pwrite64", "ENOSPC,EIO,EINTR"},
    {SYS_writev, "writev", "ENOSPC,EIO"},
    {SYS_mmap, "mmap", "ENOMEM"},
    {SYS_mremap, "mremap", "ENOMEM"},
    {SYS_mprotect, "mprotect", "ENOMEM"},
    {SYS_fsync, "fsync", "EIO,ENOSPC"},
    {SYS_fdatasync, "fdatasync", "EIO,ENOSPC"},
    {SYS_renameat2, "renameat2", "ENOSPC,EIO,EROFS", 1},
    {SYS_linkat, "linkat", "ENOSPC,EIO,EROFS,EPERM", 1},
    {SYS_symlinkat, "symlinkat", "ENOSPC,EIO,EROFS", 2},
    {SYS_unlinkat, "unlinkat", "EIO,EROFS", 1},
    {SYS_mkdirat, "mkdirat", "ENOSPC,EROFS,EACCES", 1},
    {SYS_fstat, "fstat", "EIO,ENOMEM"},
    {SYS_statx, "statx", "EIO,ENOMEM,EACCES", 1},
    {SYS_getdents64, "getdents64", "EIO"},
    {SYS_readlinkat, "readlinkat", "EIO,EACCES", 1},
    {SYS_faccessat, "faccessat", "EIO,EACCES", 1},
    {SYS_faccessat2, "faccessat2", "EIO,EACCES", 1},
    {SYS_fchmod, "fchmod", "EIO,EROFS"},
    {SYS_ftruncate, "ftruncate", "EIO,ENOSPC"},
    {SYS_fallocate, "fallocate", "ENOSPC,EOPNOTSUPP"},
    {SYS_fchdir, "fchdir", "EIO"},
    {SYS_lseek, "lseek", "EIO"},
    {SYS_close, "close", "EIO"},
    {SYS_flock, "flock", "EIO,ENOLCK,EINTR"},
    {SYS_fcntl, "fcntl", "EMFILE"},
    {SYS_dup, "dup", "EMFILE"},
    {SYS_pipe2, "pipe2", "EMFILE"},
    {SYS_socketpair, "socketpair", "EMFILE"},
    {SYS_clone, "clone", "EAGAIN,ENOMEM"},
    {SYS_clone3, "clone3", "EAGAIN,ENOMEM"},
    {SYS_wait4, "wait4", "EINTR"},
    {SYS_ppoll, "ppoll", "ENOMEM,EINTR"},
    {SYS_getrandom, "getrandom", "EINTR,ENOSYS"},
    {SYS_uname, "uname", "EIO"},
    {SYS_ioctl, "ioctl", "EIO"},
    {SYS_statfs, "statfs", "EIO", 0},
    {SYS_fstatfs, "fstatfs", "EIO"},
    {SYS_sched_getaffinity, "sched_getaffinity", "EINVAL"},
};

struct Code {
    std::string_view name;
    int number;
};
constexpr Code kCodes[] = {
    {"EIO", EIO},       {"EMFILE", EMFILE},         {"ENFILE", ENFILE},
    {"EACCES", EACCES}, {"ENOMEM", ENOMEM},         {"ENOSPC", ENOSPC},
    {"EINTR", EINTR},   {"EROFS", EROFS},           {"EPERM", EPERM},
    {"ENOLCK", ENOLCK}, {"EAGAIN", EAGAIN},         {"ENOSYS", ENOSYS},
    {"EINVAL", EINVAL}, {"EOPNOTSUPP", EOPNOTSUPP},
};

std::string text_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The string at an address of a process; empty if it cannot be read.
std::string text_at(pid_t process, std::uint64_t address) {
    std::ifstream memory(cat("/proc/", process, "/mem"), std::ios::binary);
    memory.seekg(static_cast<std::streamoff>(address));
    std::string text;
    std::getline(memory, text, '\0');
    return text;
}

/// Detects the last call of the dynamic loader before main().
class Start {
public:
    bool is_over(const test::TracedCall& call) {
        if (over_) return true;
        // Skip the calls made before the command is executed.
        if (text_of(cat("/proc/", call.thread, "/comm")) == own_name_) return false;
        over_ = !in_loader(call);
        return over_;
    }

private:
    static bool in_loader(const test::TracedCall& call) {
        const std::string maps = text_of(cat("/proc/", call.thread, "/maps"));
        for (std::string_view rest = maps; !rest.empty();) {
            std::string_view line = take_until(rest, '\n');
            const auto begin = parse_unsigned<std::uint64_t>(take_until(line, '-'), 16);
            const auto end = parse_unsigned<std::uint64_t>(take_until(line, ' '), 16);
            if (begin && end && call.info.instruction_pointer >= *begin &&
                call.info.instruction_pointer < *end)
                return line.contains("/ld-") || line.contains("/ld.so");
        }
        return false;
    }
    const std::string own_name_ = text_of("/proc/self/comm");
    bool over_ = false;
};

}  // namespace

int main(int argc, char** argv) {
    const auto wanted = argc > 4 ? parse_unsigned<unsigned>(argv[2]) : std::nullopt;
    const auto code = std::ranges::find(kCodes, argc > 4 ? argv[3] : "", &Code::name);
    if (!wanted || (*wanted > 0 && code == std::end(kCodes))) {
        std::fputs("usage: fail_at REPORT NUMBER ERRNO COMMAND...\n", stderr);
        return 125;
    }
    Start start;
    unsigned calls = 0;
    std::string report;
    const test::Traced traced = test::trace_calls(
        test::Counted::first_process,
        [&] {
            ::execv(argv[4], argv + 4);
            return 126;
        },
        [&](const test::TracedCall& call) {
            if (!start.is_over(call)) return test::Interference{};
            const auto number = static_cast<long>(call.info.entry.nr);
            const auto* const row =
                std::ranges::find(kFallible, number, &Fallible::number);
            if (row == std::end(kFallible) || (++calls != *wanted && *wanted > 0))
                return test::Interference{};
            const std::string path =
                row->path == kNoPath
                    ? cat("fd ", static_cast<int>(call.info.entry.args[0]))
                    : text_at(call.thread,
                              call.info.entry.args[static_cast<std::size_t>(row->path)]);
            report += cat(calls, " ", row->name, " ", row->codes, " ", path, "\n");
            // Even if close() fails, the descriptor is closed.
            return test::Interference{.error = *wanted > 0 ? code->number : 0,
                                      .make = number == SYS_close};
        });
    if (traced.failed) {
        std::fputs("fail_at: ptrace is not allowed\n", stderr);
        return 125;
    }
    std::ofstream(argv[1], std::ios::binary) << report;
    return WIFEXITED(traced.status) ? WEXITSTATUS(traced.status)
                                    : 128 + WTERMSIG(traced.status);
}
