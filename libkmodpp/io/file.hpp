// SPDX-License-Identifier: LGPL-2.1-or-later
// Reading and writing whole descriptors, with a bound on what a foreign file may cost.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "io/buffer.hpp"
#include "io/fd.hpp"
#include "io/file_stamp.hpp"

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

/// A regular file of which only those blocks are read that are asked for. A file that is
/// cut short meanwhile is a malformed error; with a mapping it would be SIGBUS. Not
/// thread-safe.
class LazyFile final : public ByteSource {
public:
    /// Not a regular file or beyond `limit`: malformed.
    [[nodiscard]] static Result<LazyFile> open(Fd fd, std::uint64_t limit);

    [[nodiscard]] std::uint64_t size() const override { return size_; }
    [[nodiscard]] Result<Bytes> slice(std::uint64_t offset, std::uint64_t size) override;

    [[nodiscard]] const FileStamp& stamp() const { return stamp_; }
    /// How many bytes have been read.
    [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

private:
    LazyFile(Fd fd, const FileStamp& stamp, Buffer buffer);
    [[nodiscard]] Status read_blocks(std::size_t first, std::size_t last);

    Fd fd_;
    FileStamp stamp_;
    std::uint64_t size_;
    std::uint64_t bytes_read_ = 0;
    Buffer buffer_;                ///< room for the whole file
    std::vector<bool> has_block_;  ///< of the blocks of kBlock bytes
};

}  // namespace kmodpp::io
