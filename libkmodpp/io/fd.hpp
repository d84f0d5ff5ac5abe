// SPDX-License-Identifier: LGPL-2.1-or-later
// Owns a file descriptor, and opens files without waiting for them.
#pragma once

#include <sys/types.h>

#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace kmodpp::io {

/// Owns a descriptor and closes it. Move-only.
class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Fd();

    [[nodiscard]] int get() const { return fd_; }
    /// Gives up ownership: the caller closes the descriptor.
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }
    [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// The error is an errno; the caller knows what was attempted.
template <class T>
using ErrnoResult = std::expected<T, int>;

/// openat with O_CLOEXEC, repeated if a signal interrupts it.
[[nodiscard]] ErrnoResult<Fd> open_at(int directory, const char* path, int flags,
                                      mode_t mode = 0);

/// Opens the file of an O_PATH descriptor. ENOENT if /proc is not mounted.
[[nodiscard]] ErrnoResult<Fd> open_again(int place, int flags);

/// Opens an existing regular file, without following a link. Any other file is not
/// opened, because opening a device may start it (a watchdog, a tape). ELOOP: \p name is
/// a link; EINVAL: it is not a regular file.
[[nodiscard]] ErrnoResult<Fd> open_regular(int directory, const char* name, int flags);

/// The names in an open directory, sorted bytewise, without "." and "..". Reads from the
/// current position of the descriptor, and moves it.
[[nodiscard]] ErrnoResult<std::vector<std::string>> names_in(int directory);

struct DirectoryEntry {
    std::string name;
    bool is_directory;  ///< a symlink to a directory is not one
};
/// Same with the kind of each entry.
[[nodiscard]] ErrnoResult<std::vector<DirectoryEntry>> entries_in(int directory);

}  // namespace kmodpp::io
