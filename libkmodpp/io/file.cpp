// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "base/text.hpp"

namespace kmodpp::io {

namespace {

constexpr std::size_t kFirstRead = 4096;

/// LazyFile reads small slices in pieces at first: kBefore bytes before the offset and
/// kAfter bytes from it on. A node of an index with its values usually fits into kAfter,
/// and the nodes that a search visits next lie before it, so `modprobe ext4` needs a
/// dozen pieces.
constexpr std::uint64_t kBefore = 1536;
constexpr std::uint64_t kAfter = 512;
constexpr std::size_t kMaxPieces = 16;
/// Size of the blocks that it reads into the room for the whole file. Depending on the
/// machine, reading all of Debian's modules.alias.bin (1.3 MB) takes 90 to 340 us, and
/// mapping it 30 to 300 us, with the risk of SIGBUS.
constexpr std::uint64_t kBlock = 4u << 10;

/// Waits until a FIFO has a writer, and returns the first bytes.
Result<std::string> begin_pipe(int fd, std::chrono::milliseconds timeout) {
    std::string head(kFirstRead, '\0');
    for (;;) {
        pollfd ready{fd, POLLIN, 0};
        const int found = ::poll(&ready, 1, static_cast<int>(timeout.count()));
        if (found < 0 && errno != EINTR) return fail_errno(errno, "cannot wait");
        const ssize_t count = ::read(fd, head.data(), head.size());
        if (count > 0 || (count == 0 && found > 0)) {
            head.resize(static_cast<std::size_t>(count));
            return head;
        }
        if (count == 0 && found == 0)
            return fail(ErrorKind::io, "no process opened the FIFO for writing",
                        ETIMEDOUT);
        // A writer has opened the FIFO but not written yet.
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return fail_errno(errno, "cannot read");
    }
}

/// \param expected the size of the file; 0: unknown
Result<std::string> read_all(int fd, std::uint64_t limit, std::string text,
                             std::uint64_t expected) {
    constexpr auto kNoLimit = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t most = limit == kNoLimit ? limit : limit + 1;
    const std::uint64_t whole = text.size() + expected;
    // If the file is smaller than expected, its end shows without growing the buffer.
    std::uint64_t room = expected > 0 ? whole + 1 : text.size() + kFirstRead;

    for (;;) {
        if (text.size() > limit)
            return fail(ErrorKind::malformed, cat("larger than ", limit, " bytes"));
        const std::size_t used = text.size();
        ssize_t count = 0;
        int code = 0;
        text.resize_and_overwrite(std::min(room, most), [&](char* at, std::size_t size) {
            do {
                count = ::read(fd, at + used, size - used);
            } while (count < 0 && errno == EINTR);
            code = errno;
            return used + static_cast<std::size_t>(std::max<ssize_t>(count, 0));
        });
        if (count < 0) return fail_errno(code, "cannot read");
        // Without another call that only finds the end.
        if (count == 0 || (expected > 0 && text.size() == whole && whole <= limit))
            return text;
        if (text.size() == std::min(room, most)) room *= 2;
    }
}

std::uint64_t size_of(const struct stat& status) {
    return S_ISREG(status.st_mode) && status.st_size > 0
               ? static_cast<std::uint64_t>(status.st_size)
               : 0;
}

}  // namespace

Result<std::string> read_all(int fd, const struct stat& status, std::uint64_t limit) {
    return read_all(fd, limit, {}, size_of(status));
}

Result<std::string> read_all(int fd, std::uint64_t limit, std::string text) {
    struct stat status {};
    const bool known = ::fstat(fd, &status) == 0;
    return read_all(fd, limit, std::move(text), known ? size_of(status) : 0);
}

Result<std::string> read_named(const std::string& path, std::uint64_t limit,
                               std::chrono::milliseconds timeout) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!fd) return fail_errno(errno, cat("cannot open ", path));
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0)
        return fail_errno(errno, cat("cannot stat ", path));
    const auto read = [&]() -> Result<std::string> {
        std::string head;
        if (S_ISFIFO(status.st_mode)) {
            TRY_ASSIGN(head, begin_pipe(fd.get(), timeout));
        }
        TRY(wait_in_calls(fd.get()));
        return read_all(fd.get(), limit, std::move(head));
    };
    auto text = read();
    if (!text) return std::unexpected(within(std::move(text).error(), path));
    return text;
}

Status wait_in_calls(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
        return fail_errno(errno, "cannot set the flags of a descriptor");
    return {};
}

int set_mode(int fd, mode_t mode) {
    if (::fchmod(fd, mode) == 0) return 0;
    switch (errno) {
        case EINVAL:
        case ENOSYS:
        case EOPNOTSUPP:
        case EPERM: return 0;
        default: return errno;
    }
}

Status write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(fd, text.data(), text.size());
        if (count < 0) {
            if (errno == EINTR) continue;
            return fail_errno(errno, "cannot write");
        }
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

Status read_at(int fd, std::span<std::byte> into, std::uint64_t offset) {
    while (!into.empty()) {
        const ssize_t count =
            ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
        if (count < 0) {
            if (errno == EINTR) continue;
            return fail_errno(errno, cat("cannot read at offset ", hex(offset)));
        }
        if (count == 0)
            return fail(
                ErrorKind::malformed,
                cat("truncated while it was read: it now ends before ", hex(offset)));
        into = into.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return {};
}

Result<LazyFile> LazyFile::open(Fd fd, std::uint64_t limit) {
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return fail_errno(errno, "cannot stat");
    if (!S_ISREG(status.st_mode)) return fail(ErrorKind::malformed, "not a regular file");
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > limit || size > std::numeric_limits<std::size_t>::max())
        return fail(ErrorKind::malformed,
                    cat(size, " bytes, larger than the ", limit, " allowed"));
    return LazyFile(std::move(fd), FileStamp::of(status));
}

LazyFile::LazyFile(Fd fd, const FileStamp& stamp)
    : fd_(std::move(fd)), stamp_(stamp), size_(stamp.size) {}

Result<Bytes> LazyFile::slice(std::uint64_t offset, std::uint64_t size) {
    TRY(check_range(offset, size));
    if (size == 0) return Bytes();
    if (whole_.capacity() == 0) {
        const auto known = std::ranges::find_if(pieces_, [&](const Piece& piece) {
            return offset >= piece.offset &&
                   in_range(offset - piece.offset, size, piece.bytes.size());
        });
        if (known != pieces_.end())
            return known->bytes.bytes().subspan(offset - known->offset, size);
        if (size <= kAfter && pieces_.size() < kMaxPieces) return piece(offset, size);
        TRY(make_room());
    }
    const std::uint64_t last = (offset + size - 1) / kBlock;
    for (std::uint64_t block = offset / kBlock; block <= last; ++block)
        if (!has_block_[block]) {
            TRY(read_blocks(block, last));
            break;
        }
    return Bytes(whole_.spare()).subspan(offset, size);
}

Status LazyFile::copy(std::uint64_t offset, std::span<std::byte> into) {
    TRY(check_range(offset, into.size()));
    return read(into, offset);
}

Result<Bytes> LazyFile::piece(std::uint64_t offset, std::uint64_t size) {
    const std::uint64_t begin = offset - std::min(offset, kBefore);
    const std::size_t room = std::min(offset + kAfter, size_) - begin;
    Buffer buffer;
    TRY(buffer.reserve(room));
    TRY(read(buffer.spare(), begin));
    buffer.extend(room);
    return pieces_.emplace_back(begin, std::move(buffer))
        .bytes.bytes()
        .subspan(offset - begin, size);
}

Status LazyFile::make_room() {
    TRY(whole_.reserve(size_));
    has_block_.resize((size_ + kBlock - 1) / kBlock);
    return {};
}

Status LazyFile::read_blocks(std::size_t first, std::size_t last) {
    const std::uint64_t begin = first * kBlock;
    const std::uint64_t end = std::min((last + 1) * kBlock, size_);
    TRY(read(whole_.spare().subspan(begin, end - begin), begin));
    for (std::size_t block = first; block <= last; ++block) has_block_[block] = true;
    return {};
}

Status LazyFile::check_range(std::uint64_t offset, std::uint64_t size) const {
    if (in_range(offset, size, size_)) return {};
    return fail(ErrorKind::malformed, cat("runs past the end of the file: ",
                                          describe_range(offset, size, size_)));
}

Status LazyFile::read(std::span<std::byte> into, std::uint64_t offset) {
    // The embedding program may have closed the descriptor, and opened another file
    // under the same number.
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) return fail_errno(errno, "cannot stat");
    if (status.st_dev != stamp_.device || status.st_ino != stamp_.inode)
        return fail_errno(EBADF, "cannot read");
    TRY(read_at(fd_.get(), into, offset));
    bytes_read_ += into.size();
    return {};
}

}  // namespace kmodpp::io
