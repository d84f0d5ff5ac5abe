// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/directory_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "base/text.hpp"

namespace kmodpp::io {

namespace {

constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
constexpr mode_t kPrivate = 0600;
constexpr mode_t kOthers = 0077;

std::unexpected<Error> cannot_lock(int code, std::string_view display) {
    return fail_errno(code, cat("cannot lock ", display));
}

std::unexpected<Error> refuse(std::string_view why, std::string_view display) {
    return fail(ErrorKind::denied,
                cat("cannot lock ", display, ": ", kLockFile, ' ', why,
                    "; remove it when nobody is at work in that directory"));
}

/// What no process like this one can have left; empty: it can.
std::string objection(const struct stat& file, const struct stat& directory) {
    if (!S_ISREG(file.st_mode)) return "is not a regular file";
    // The owner of the directory can put any file into the place of any other there.
    if (file.st_uid != 0 && file.st_uid != ::geteuid() && file.st_uid != directory.st_uid)
        return cat("belongs to the user ", file.st_uid);
    if ((file.st_mode & kOthers) != 0) return "is open to others";
    return {};
}

bool may_write(int directory) {
    return ::faccessat(directory, ".", W_OK | X_OK, AT_EACCESS) == 0;
}

/// The file that is there, if it is to be trusted. Without descriptor: nobody can write
/// here. ENOENT: it has gone since.
Result<Fd> open_present(int directory, std::string_view display) {
    Fd fd(::openat(directory, kLockFile, kFlags));
    if (!fd) {
        const int code = errno;
        if (code == ELOOP) return refuse("is a symbolic link", display);
        if (code == ENXIO || code == EISDIR)
            return refuse("is not a regular file", display);
        if (code == EROFS || (code == EACCES && !may_write(directory))) return Fd();
        return code == EACCES ? refuse("is not ours", display)
                              : cannot_lock(code, display);
    }
    struct stat file {};
    struct stat around {};
    if (::fstat(fd.get(), &file) != 0 || ::fstat(directory, &around) != 0)
        return cannot_lock(errno, display);
    const std::string why = objection(file, around);
    if (!why.empty()) return refuse(why, display);
    return fd;
}

Result<Fd> open_or_create(int directory, std::string_view display) {
    for (;;) {
        Fd made(::openat(directory, kLockFile, kFlags | O_CREAT | O_EXCL, kPrivate));
        if (made) return made;
        switch (errno) {
            case EEXIST: break;
            // The first call that writes says so better.
            case EROFS:
            case EACCES:
            case EPERM: return Fd();
            default: return cannot_lock(errno, display);
        }
        auto present = open_present(directory, display);
        if (present || present.error().code != ENOENT) return present;
    }
}

/// \returns 0 or an errno
int wait_for(const Fd& file) {
    while (::flock(file.get(), LOCK_EX) != 0)
        if (errno != EINTR) return errno;
    return 0;
}

bool has_no_locks(int code) {
    return code == EBADF || code == ENOLCK || code == EOPNOTSUPP || code == ENOSYS ||
           code == EINVAL;
}

/// Whether the name still leads to that file.
bool is_named(int directory, int file) {
    struct stat named {};
    struct stat open {};
    return ::fstatat(directory, kLockFile, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           ::fstat(file, &open) == 0 && named.st_dev == open.st_dev &&
           named.st_ino == open.st_ino;
}

}  // namespace

Result<DirectoryLock> DirectoryLock::take(int directory, std::string_view display) {
    for (;;) {
        TRY_ASSIGN(Fd file, open_or_create(directory, display));
        if (!file) return DirectoryLock();
        const int code = wait_for(file);
        if (has_no_locks(code)) {
            ::unlinkat(directory, kLockFile, 0);
            return DirectoryLock();
        }
        // The file stays: somebody else may have got hold of it.
        if (code != 0) return cannot_lock(code, display);
        // Who had it before has removed it, and somebody may have made another.
        if (is_named(directory, file.get()))
            return DirectoryLock(directory, std::move(file));
    }
}

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
    std::swap(directory_, other.directory_);
    std::swap(file_, other.file_);
    return *this;
}

DirectoryLock::~DirectoryLock() {
    if (file_) remove_lock_file(directory_, file_.get());
}

void remove_lock_file(int directory, int file) {
    // Only holders remove it, and after one of them did the name is not that of `file`.
    if (is_named(directory, file)) ::unlinkat(directory, kLockFile, 0);
}

}  // namespace kmodpp::io
