// SPDX-License-Identifier: LGPL-2.1-or-later
// Owns a file descriptor.
#pragma once

#include <utility>

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

}  // namespace kmodpp::io
