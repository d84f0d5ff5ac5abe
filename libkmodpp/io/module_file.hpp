// SPDX-License-Identifier: LGPL-2.1-or-later
// Gives format readers access to the bytes of a module file, compressed or not.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "io/buffer.hpp"
#include "io/decompress.hpp"
#include "io/fd.hpp"
#include "io/file_stamp.hpp"
#include "io/root.hpp"

namespace kmodpp::io {

/// An open module file. An uncompressed file is read slice by slice with pread: a file
/// that is truncated while it is open causes an error, not a signal, and threads do not
/// contend for the page tables. A compressed file is unpacked into memory at the first
/// slice. Slices live as long as the object. Not thread-safe; each thread opens its own.
class ModuleFile final : public ByteSource {
public:
    /// \param path within `root`. Only regular files: anything else is malformed.
    [[nodiscard]] static Result<ModuleFile> open(const Root& root, std::string_view path);
    /// Same for a file that a scan has just found to be regular; does not check again.
    [[nodiscard]] static Result<ModuleFile> open_scanned(const Root& root,
                                                         std::string_view path);

    /// Same for a file in \p directory, whose path is then not resolved again for each
    /// of its files.
    [[nodiscard]] static Result<ModuleFile> open_scanned_in(const Fd& directory,
                                                            const Root& root,
                                                            std::string_view path);

    ModuleFile(ModuleFile&&) noexcept;
    ModuleFile& operator=(ModuleFile&&) noexcept;
    ~ModuleFile() override;

    /// The path as seen from outside the root. Errors of open() contain it; errors of
    /// slices do not, the caller adds the context.
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] Compression compression() const { return compression_; }
    /// The beginning of the file as stored on the disk: a page, or all of a shorter
    /// file.
    [[nodiscard]] Bytes packed_head() const { return pieces_.front().buffer.bytes(); }

    /// Size of the file as stored on the disk, in bytes.
    [[nodiscard]] std::uint64_t file_size() const { return stamp_.size; }
    /// Taken at open(), before anything was read.
    [[nodiscard]] const FileStamp& stamp() const { return stamp_; }

    /// Size of the unpacked contents in bytes. 0 if a compressed file cannot be unpacked;
    /// slice() returns the reason.
    [[nodiscard]] std::uint64_t size() const override;
    [[nodiscard]] Result<Bytes> slice(std::uint64_t offset, std::uint64_t size) override;
    /// Passes an uncompressed file through a small buffer and keeps nothing in memory.
    [[nodiscard]] Status visit(std::uint64_t offset, std::uint64_t size,
                               const std::function<void(Bytes)>& each) override;
    /// The whole unpacked contents; borrows. A failure is cached.
    [[nodiscard]] Result<Bytes> contents() { return whole(); }

private:
    /// A part of the file that has been read.
    struct Piece {
        std::uint64_t offset = 0;
        Buffer buffer;
    };

    [[nodiscard]] static Result<ModuleFile> from(std::string display, Result<Fd> fd);
    ModuleFile(std::string path, Fd fd, const FileStamp& stamp, Buffer head);
    [[nodiscard]] Result<Bytes> whole() const;
    [[nodiscard]] Result<Buffer> unpack() const;

    std::string path_;
    Fd fd_;
    FileStamp stamp_;
    Compression compression_;
    std::uint64_t bytes_read_;
    std::vector<Piece> pieces_;
    /// All contents, read on first use; mutable because size() may need them.
    mutable std::optional<Result<Buffer>> whole_;
};

}  // namespace kmodpp::io
