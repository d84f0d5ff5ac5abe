// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.hpp"

namespace kmodpp::io {

Fd::~Fd() {
    if (fd_ >= 0) ::close(fd_);
}

ErrnoResult<Fd> open_at(int directory, const char* path, int flags, mode_t mode) {
    int fd = -1;
    do {
        fd = ::openat(directory, path, flags | O_CLOEXEC, mode);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) return std::unexpected(errno);
    return Fd(fd);
}

ErrnoResult<Fd> open_again(int place, int flags) {
    return open_at(AT_FDCWD, cat("/proc/self/fd/", place).c_str(),
                   (flags & ~O_NOFOLLOW) | O_NONBLOCK | O_NOCTTY);
}

ErrnoResult<Fd> open_regular(int directory, const char* name, int flags) {
    const auto place = open_at(directory, name, O_PATH | O_NOFOLLOW);
    if (!place) return std::unexpected(place.error());
    struct stat status {};
    if (::fstat(place->get(), &status) != 0) return std::unexpected(errno);
    if (S_ISLNK(status.st_mode)) return std::unexpected(ELOOP);
    if (!S_ISREG(status.st_mode)) return std::unexpected(EINVAL);
    // Through the descriptor, the file cannot be replaced by a device in the meantime.
    auto fd = open_again(place->get(), flags);
    if (!fd && fd.error() == ENOENT)  // /proc is not mounted
        fd = open_at(directory, name, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    return fd;
}

}  // namespace kmodpp::io
