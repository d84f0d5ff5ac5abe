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
#include "io/temporary_name.hpp"

namespace kmodpp::io {

namespace {

constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
constexpr mode_t kPrivate = 0600;
constexpr mode_t kOthers = 0077;

std::unexpected<Error> cannot_lock(int code, std::string_view display) {
    return fail_errno(code, cat("cannot lock ", display));
}

std::unexpected<Error> refuse(std::string_view why, std::string_view display) {
    return fail(ErrorKind::denied, cat("cannot lock ", display, ": ", kLockFile, ' ', why,
                                       "; remove it if no depmod is running there"));
}

bool is_open_to_others(int file) {
    struct stat status {};
    return ::fstat(file, &status) == 0 && (status.st_mode & kOthers) != 0;
}

/// True if a file created with mode 0600 is open to others: vfat, exfat, CIFS and other
/// file systems give every file the mode of the mount.
bool has_fixed_modes(int directory) {
    const std::string name = temporary_name(kLockFile, 0);
    const Fd probe(
        ::openat(directory, name.c_str(), kFlags | O_CREAT | O_EXCL, kPrivate));
    if (!probe) return false;
    ::unlinkat(directory, name.c_str(), 0);
    return is_open_to_others(probe.get());
}

/// Why an existing lock file is refused; empty if it is accepted.
std::string objection(int fd, const struct stat& file, int directory,
                      const struct stat& parent) {
    // The owner of the directory can replace any file there.
    if (file.st_uid != 0 && file.st_uid != ::geteuid() && file.st_uid != parent.st_uid)
        return cat("is owned by user ", file.st_uid);
    if (is_open_to_others(fd) && !has_fixed_modes(directory))
        return "is accessible to other users";
    return {};
}

bool may_write(int directory) {
    return ::faccessat(directory, ".", W_OK | X_OK, AT_EACCESS) == 0;
}

/// Opens an existing lock file if it can be trusted. The result has no descriptor if
/// this process cannot write here. ENOENT: the file has been removed in between.
Result<Fd> open_present(int directory, std::string_view display) {
    auto fd = open_regular(directory, kLockFile, O_RDWR);
    if (!fd) {
        const int code = fd.error();
        if (code == ELOOP) return refuse("is a symbolic link", display);
        if (code == EINVAL) return refuse("is not a regular file", display);
        if (code == EROFS || (code == EACCES && !may_write(directory))) return Fd();
        return code == EACCES ? refuse("cannot be opened", display)
                              : cannot_lock(code, display);
    }
    struct stat file {};
    struct stat parent {};
    if (::fstat(fd->get(), &file) != 0 || ::fstat(directory, &parent) != 0)
        return cannot_lock(errno, display);
    const std::string why = objection(fd->get(), file, directory, parent);
    if (!why.empty()) return refuse(why, display);
    return *std::move(fd);
}

Result<Fd> open_or_create(int directory, std::string_view display) {
    for (;;) {
        Fd made(::openat(directory, kLockFile, kFlags | O_CREAT | O_EXCL, kPrivate));
        if (made) return made;
        switch (errno) {
            case EEXIST: break;
            // The first attempt to write will report it better.
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

/// True if kLockFile still names this file.
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
        // The file stays: another process may have opened it.
        if (code != 0) return cannot_lock(code, display);
        // The previous holder removed it, and another process may have created a new one.
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
    // Only holders remove it; after that, the name is not that of `file` any more.
    if (is_named(directory, file)) ::unlinkat(directory, kLockFile, 0);
}

}  // namespace kmodpp::io
