// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading and writing whole descriptors, with a bound on what a foreign file may cost.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "io/fd.hpp"

namespace kmodpp::io {

/// All that is left to read of a descriptor (files of /proc have no size, so it reads
/// until the end), behind what was read of it before. malformed beyond `limit` bytes, of
/// both together.
[[nodiscard]] Result<std::string> read_all(int fd, std::uint64_t limit,
                                           std::string text = {});

/// A file, pipe or device that a person has named, to its end. A pipe is waited for as
/// long as somebody writes to it, but only for `patience` that somebody begins: io beyond
/// that. malformed beyond `limit` bytes.
[[nodiscard]] Result<std::string> read_named(const std::string& path, std::uint64_t limit,
                                             std::chrono::milliseconds patience);

/// Makes the calls on a descriptor that was opened with O_NONBLOCK ones that wait.
[[nodiscard]] Status wait_in_calls(int fd);

/// Writes everything, going on after short writes and EINTR.
[[nodiscard]] Status write_all(int fd, std::string_view text);

/// Fills `into` from `offset` on. malformed when the file ends before that: it was cut
/// short after its size was taken.
[[nodiscard]] Status read_at(int fd, std::span<std::byte> into, std::uint64_t offset);

/// A read-only private mapping of a regular file; owns it. Move-only.
class MappedFile {
public:
    /// not a regular file or beyond `limit`: malformed. An empty file maps to no bytes.
    [[nodiscard]] static Result<MappedFile> map(const Fd& fd, std::uint64_t limit);
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    ~MappedFile();
    /// Borrows from this object.
    [[nodiscard]] Bytes bytes() const { return bytes_; }

private:
    explicit MappedFile(Bytes bytes) : bytes_(bytes) {}
    Bytes bytes_;
};

}  // namespace kmodpp::io
