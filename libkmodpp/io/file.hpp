// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads and writes files, with a limit on the memory that an untrusted file can use.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

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

/// Reads a descriptor to its end, whatever size it reports: files in /proc report none.
/// The bytes are appended to \p text, which was read before. malformed if both together
/// exceed \p limit bytes.
[[nodiscard]] Result<std::string> read_all(int fd, std::uint64_t limit,
                                           std::string text = {});
/// Same for a file whose attributes are known. Bytes that are added to a regular file
/// from now on are not read.
[[nodiscard]] Result<std::string> read_all(int fd, const struct stat& status,
                                           std::uint64_t limit);

/// Reads a file, FIFO or device that the user has named, to its end. io (ETIMEDOUT) if
/// no process opens a FIFO for writing within \p timeout; after that there is no time
/// limit. malformed beyond \p limit bytes.
[[nodiscard]] Result<std::string> read_named(const std::string& path, std::uint64_t limit,
                                             std::chrono::milliseconds timeout);

/// Clears O_NONBLOCK, so that reads and writes on the descriptor block.
[[nodiscard]] Status wait_in_calls(int fd);

/// Sets the mode of a file that was created with this mode, so that the umask has no
/// effect. A file system that gives all files the mode of the mount may refuse; the
/// file then keeps the mode that it has.
/// \returns 0 or an errno
[[nodiscard]] int set_mode(int fd, mode_t mode);

/// Writes everything, continuing after short writes and EINTR.
[[nodiscard]] Status write_all(int fd, std::string_view text);

/// Fills \p into from \p offset on. malformed if the file ends before that: it was
/// truncated after its size was determined.
[[nodiscard]] Status read_at(int fd, std::span<std::byte> into, std::uint64_t offset);

/// A regular file that is read piece by piece, as it is needed. If it is truncated
/// while it is open, slice() returns malformed; a mapping would cause SIGBUS. Not
/// thread-safe.
///
/// The first slices are read into small buffers of their own. A buffer for the whole file
/// is allocated only after many of them: in it, each slice would touch another page, and
/// at a start of modprobe these page faults took longer than the reads.
class LazyFile final : public ByteSource {
public:
    /// malformed if it is not a regular file or has more than \p limit bytes.
    [[nodiscard]] static Result<LazyFile> open(Fd fd, std::uint64_t limit);

    [[nodiscard]] std::uint64_t size() const override { return size_; }
    [[nodiscard]] Result<Bytes> slice(std::uint64_t offset, std::uint64_t size) override;
    [[nodiscard]] Status copy(std::uint64_t offset, std::span<std::byte> into) override;

    [[nodiscard]] const FileStamp& stamp() const { return stamp_; }
    /// Number of bytes read so far.
    [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

private:
    struct Piece {
        std::uint64_t offset;
        Buffer bytes;
    };
    LazyFile(Fd fd, const FileStamp& stamp);
    [[nodiscard]] Result<Bytes> piece(std::uint64_t offset, std::uint64_t size);
    [[nodiscard]] Status make_room();
    [[nodiscard]] Status read_blocks(std::size_t first, std::size_t last);
    [[nodiscard]] Status check_range(std::uint64_t offset, std::uint64_t size) const;
    [[nodiscard]] Status read(std::span<std::byte> into, std::uint64_t offset);

    Fd fd_;
    FileStamp stamp_;
    std::uint64_t size_;
    std::uint64_t bytes_read_ = 0;
    std::vector<Piece> pieces_;
    Buffer whole_;                 ///< room for the whole file, or none yet
    std::vector<bool> has_block_;  ///< which blocks of whole_ have been read
};

}  // namespace kmodpp::io
