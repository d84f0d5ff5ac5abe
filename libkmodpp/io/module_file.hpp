// SPDX-License-Identifier: LGPL-2.1-or-later
// A module file, compressed or not, as bytes that formats can read.
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

/// An open module file. Of an uncompressed one only the slices asked for are read (pread,
/// so that a file cut short meanwhile is an error and no signal, and threads do not meet
/// in the page tables); a compressed one is unpacked into memory at the first slice.
/// Slices live as long as the object. Not thread-safe; each thread opens its own.
class ModuleFile final : public ByteSource {
public:
    /// \param path within `root`. Only regular files: anything else is malformed.
    [[nodiscard]] static Result<ModuleFile> open(const Root& root, std::string_view path);
    /// The same for a file that a scan has just found to be regular: without a second
    /// look.
    [[nodiscard]] static Result<ModuleFile> open_scanned(const Root& root,
                                                         std::string_view path);

    ModuleFile(ModuleFile&&) noexcept;
    ModuleFile& operator=(ModuleFile&&) noexcept;
    ~ModuleFile() override;

    /// As seen from outside the root. open() names it in its errors; those of the slices
    /// leave that to whoever knows what was being read.
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] Compression compression() const { return compression_; }

    /// Of the file as it lies on the disk, compressed or not.
    [[nodiscard]] std::uint64_t file_size() const { return stamp_.size; }
    /// Taken when the file was opened, before anything was read.
    [[nodiscard]] const FileStamp& stamp() const { return stamp_; }

    /// Of the unpacked contents. 0 when a compressed file cannot be unpacked (slice says
    /// why).
    [[nodiscard]] std::uint64_t size() const override;
    [[nodiscard]] Result<Bytes> slice(std::uint64_t offset, std::uint64_t size) override;
    /// An uncompressed file goes through a small buffer and leaves nothing in memory.
    [[nodiscard]] Status visit(std::uint64_t offset, std::uint64_t size,
                               const std::function<void(Bytes)>& each) override;
    /// The whole unpacked contents; borrows. What failed once fails the same way again.
    [[nodiscard]] Result<Bytes> contents() { return whole(); }

private:
    /// A run of the file that has been read.
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
    /// All of the contents, once they are there: reading them is no change that a caller
    /// of size() could see.
    mutable std::optional<Result<Buffer>> whole_;
};

}  // namespace kmodpp::io
