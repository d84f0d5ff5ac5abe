// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/module_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ranges>
#include <utility>

#include "base/text.hpp"
#include "io/file.hpp"

namespace kmodpp::io {

namespace {

// Reads are rounded to pages, so that neighbouring slices, such as the section headers
// and their names, usually need one system call.
constexpr std::uint64_t kPage = 4096;

// Size of the pieces of a visit: fits into the processor cache and on the stack of a
// thread, which may have only 64 KiB.
constexpr std::size_t kVisitSize = 16u << 10;

// Number of recent pieces that are searched for a slice. The limit keeps a format that
// asks for thousands of slices from slowing down with each one.
constexpr std::size_t kPiecesSearched = 8;

/// The error for anything but a regular file, with the errno that the kernel returns
/// for it.
Error not_regular(std::string_view path, mode_t mode) {
    return {ErrorKind::malformed, S_ISDIR(mode) ? EISDIR : EINVAL,
            cat(path, ": not a regular file")};
}

Result<Buffer> read_buffer(int fd, std::uint64_t offset, std::uint64_t size) {
    Buffer buffer;
    TRY(buffer.reserve(size));
    TRY(read_at(fd, buffer.spare().first(size), offset));
    buffer.extend(size);
    return buffer;
}

}  // namespace

Result<ModuleFile> ModuleFile::open(const Root& root, std::string_view path) {
    return from(root.display(path), root.open_no_device(path, O_RDONLY));
}

Result<ModuleFile> ModuleFile::open_scanned(const Root& root, std::string_view path) {
    return from(root.display(path), root.open_file(path, O_RDONLY));
}

Result<ModuleFile> ModuleFile::open_scanned_in(const Fd& directory, const Root& root,
                                               std::string_view path) {
    const std::string name(path.substr(path.rfind('/') + 1));
    auto fd = open_regular(directory.get(), name.c_str(), O_RDONLY);
    // It may be a link, or have been replaced since the scan.
    if (!fd) return open_scanned(root, path);
    return from(root.display(path), *std::move(fd));
}

Result<ModuleFile> ModuleFile::from(std::string display, Result<Fd> fd) {
    if (!fd) {
        // Returned for sockets and for devices without a driver.
        if (fd.error().code == ENXIO || fd.error().code == ENODEV)
            return std::unexpected(not_regular(display, 0));
        return std::unexpected(std::move(fd).error());
    }
    struct stat status {};
    if (::fstat(fd->get(), &status) != 0)
        return fail_errno(errno, cat("cannot stat ", display));
    if (!S_ISREG(status.st_mode))
        return std::unexpected(not_regular(display, status.st_mode));
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > kMaxModuleSize)
        return fail(ErrorKind::malformed,
                    cat(display, ": ", size, " bytes, larger than the ", kMaxModuleSize,
                        " that a module may have"));
    auto head = read_buffer(fd->get(), 0, std::min(size, kPage));
    if (!head) return std::unexpected(within(std::move(head).error(), display));
    return ModuleFile(std::move(display), *std::move(fd), FileStamp::of(status),
                      *std::move(head));
}

ModuleFile::ModuleFile(std::string path, Fd fd, const FileStamp& stamp, Buffer head)
    : path_(std::move(path)),
      fd_(std::move(fd)),
      stamp_(stamp),
      compression_(detect_compression(head.bytes())),
      bytes_read_(head.size()) {
    pieces_.reserve(kPiecesSearched);
    pieces_.push_back({0, std::move(head)});
}

ModuleFile::ModuleFile(ModuleFile&&) noexcept = default;
ModuleFile& ModuleFile::operator=(ModuleFile&&) noexcept = default;
ModuleFile::~ModuleFile() = default;

std::uint64_t ModuleFile::size() const {
    if (compression_ == Compression::none) return stamp_.size;
    const auto bytes = whole();
    return bytes ? bytes->size() : 0;
}

Result<Bytes> ModuleFile::slice(std::uint64_t offset, std::uint64_t size) {
    std::uint64_t total = stamp_.size;
    if (compression_ != Compression::none || whole_) {
        TRY_ASSIGN(const Bytes bytes, whole());
        total = bytes.size();
        if (in_range(offset, size, total)) return bytes.subspan(offset, size);
    }
    if (!in_range(offset, size, total))
        return fail(ErrorKind::malformed, cat("runs past the end of the file: ",
                                              describe_range(offset, size, total)));

    for (const Piece& piece :
         pieces_ | std::views::reverse | std::views::take(kPiecesSearched))
        if (offset >= piece.offset &&
            in_range(offset - piece.offset, size, piece.buffer.size()))
            return piece.buffer.bytes().subspan(offset - piece.offset, size);

    const std::uint64_t begin = offset / kPage * kPage;
    const std::uint64_t end =
        std::min((offset + size + kPage - 1) / kPage * kPage, stamp_.size);
    // Overlapping slices, read one by one, could use any amount of memory.
    if (bytes_read_ + (end - begin) > stamp_.size + kPage * kPiecesSearched) {
        TRY_ASSIGN(const Bytes bytes, whole());
        return bytes.subspan(offset, size);
    }
    TRY_ASSIGN(Buffer buffer, read_buffer(fd_.get(), begin, end - begin));
    bytes_read_ += end - begin;
    pieces_.push_back({begin, std::move(buffer)});
    return pieces_.back().buffer.bytes().subspan(offset - begin, size);
}

Status ModuleFile::visit(std::uint64_t offset, std::uint64_t size,
                         const std::function<void(Bytes)>& each) {
    if (compression_ != Compression::none || whole_)
        return ByteSource::visit(offset, size, each);
    if (!in_range(offset, size, stamp_.size))
        return fail(ErrorKind::malformed, cat("runs past the end of the file: ",
                                              describe_range(offset, size, stamp_.size)));
    std::array<std::byte, kVisitSize> buffer;
    while (size > 0) {
        const auto piece =
            std::span(buffer).first(std::min<std::uint64_t>(size, kVisitSize));
        TRY(read_at(fd_.get(), piece, offset));
        each(piece);
        offset += piece.size();
        size -= piece.size();
    }
    return {};
}

Result<Bytes> ModuleFile::whole() const {
    if (!whole_) whole_ = unpack();
    if (!*whole_) return std::unexpected(whole_->error());
    return (*whole_)->bytes();
}

Result<Buffer> ModuleFile::unpack() const {
    TRY_ASSIGN(Buffer file, read_buffer(fd_.get(), 0, stamp_.size));
    if (compression_ == Compression::none) return file;
    return decompress(compression_, file.bytes(), unpacked_limit(file.size()));
}

}  // namespace kmodpp::io
