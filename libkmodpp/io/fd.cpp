// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/fd.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/sort.hpp"
#include "base/text.hpp"

namespace kmodpp::io {

namespace {

static_assert(sizeof(dirent::d_off) == 8 && offsetof(dirent, d_name) == 19,
              "dirent has the layout of the kernel's linux_dirent64, see getdents(2)");

/// Calls `visit` with the name and the d_type of each entry but "." and "..". Does not
/// use opendir(), which makes three more system calls.
/// \returns 0 or an errno
template <class Visit>
int visit_entries(int directory, Visit visit) {
    // Larger than most directories. With 32 KiB, as in the C library, each start of
    // modprobe had to enlarge the heap.
    constexpr std::size_t kSize = 8u << 10;
    const auto buffer = std::make_unique_for_overwrite<char[]>(kSize);
    for (;;) {
        const long size = ::syscall(SYS_getdents64, directory, buffer.get(), kSize);
        if (size < 0) return errno;
        if (size == 0) return 0;
        for (const char* at = buffer.get(); at < buffer.get() + size;) {
            const char* const name = at + offsetof(dirent, d_name);
            unsigned char type = 0;
            std::memcpy(&type, at + offsetof(dirent, d_type), sizeof type);
            if (name != std::string_view(".") && name != std::string_view(".."))
                visit(name, type);
            decltype(dirent::d_reclen) length = 0;
            std::memcpy(&length, at + offsetof(dirent, d_reclen), sizeof length);
            at += length;
        }
    }
}

}  // namespace

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

ErrnoResult<std::vector<std::string>> names_in(int directory) {
    std::vector<std::string> names;
    const int code = visit_entries(
        directory, [&](const char* name, unsigned char) { names.emplace_back(name); });
    if (code != 0) return std::unexpected(code);
    std::ranges::sort(names);
    return names;
}

ErrnoResult<std::vector<DirectoryEntry>> entries_in(int directory) {
    std::vector<DirectoryEntry> entries;
    const int code = visit_entries(directory, [&](const char* name, unsigned char type) {
        bool is_directory = type == DT_DIR;
        // Some file systems do not store the type in the directory.
        struct stat status {};
        if (type == DT_UNKNOWN)
            is_directory =
                ::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                S_ISDIR(status.st_mode);
        entries.push_back({name, is_directory});
    });
    if (code != 0) return std::unexpected(code);
    sort_by(entries, &DirectoryEntry::name);
    return entries;
}

}  // namespace kmodpp::io
