// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/staged_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "io/commit_record.hpp"
#include "io/file.hpp"
#include "io/temporary_name.hpp"

namespace kmodpp::io {

namespace {

constexpr int kNameTries = 100;
/// Size of the pieces in which files are compared.
constexpr std::size_t kCopyBlock = 64u << 10;

bool is_plain_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." &&
           name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

}  // namespace

Result<StagedFiles> StagedFiles::open(const Root& root, std::string_view directory,
                                      StageOptions options) {
    TRY_ASSIGN(Fd fd, root.open_file(directory, O_RDONLY | O_DIRECTORY));
    TRY_ASSIGN(DirectoryLock lock,
               DirectoryLock::take(fd.get(), root.display(directory)));
    // Without a lock, records and temporaries may belong to a running process.
    std::vector<std::string> stale;
    if (lock) {
        if (auto done = finish_interrupted_set(fd.get(), options.sync); !done)
            return std::unexpected(
                within(std::move(done).error(), root.display(directory)));
        TRY_ASSIGN(stale, root.list(directory));
        std::erase_if(stale, [](const auto& name) { return !name.starts_with('.'); });
    }
    auto set = StagedSet::make(options.sync);
    if (!set)
        return std::unexpected(within(std::move(set).error(), root.display(directory)));
    return StagedFiles(std::move(fd), std::move(lock), root.display(directory), options,
                       *std::move(set), std::move(stale));
}

StagedFiles::StagedFiles(Fd directory, DirectoryLock lock, std::string display,
                         StageOptions options, StagedSet set,
                         std::vector<std::string> stale)
    : directory_(std::move(directory)),
      lock_(std::move(lock)),
      display_(std::move(display)),
      options_(options),
      set_(std::move(set)),
      stale_(std::move(stale)) {
    while (display_.ends_with('/')) display_.pop_back();
    auto guard = Guard::start(set_.picture(), directory_.get(), lock_.file());
    if (guard)
        guard_ = *std::move(guard);
    else
        unguarded_ = std::move(guard).error();
}

StagedFiles::StagedFiles(StagedFiles&&) noexcept = default;

StagedFiles& StagedFiles::operator=(StagedFiles&& other) noexcept {
    // Swapped, so that the temporaries of both keep an owner.
    std::swap(directory_, other.directory_);
    std::swap(lock_, other.lock_);
    std::swap(display_, other.display_);
    std::swap(options_, other.options_);
    std::swap(set_, other.set_);
    std::swap(unsynced_, other.unsynced_);
    std::swap(stale_, other.stale_);
    std::swap(failure_, other.failure_);
    std::swap(unguarded_, other.unguarded_);
    std::swap(guard_, other.guard_);
    return *this;
}

StagedFiles::~StagedFiles() {
    if (set_) settle(set_.picture(), directory_.get());
}

std::unexpected<Error> StagedFiles::cannot(int code, std::string_view what,
                                           std::string_view name) const {
    return fail_errno(code, cat("cannot ", what, ' ', display_, '/', name));
}

Status StagedFiles::add(std::string_view name, std::string_view contents) {
    if (failure_) return std::unexpected(*failure_);
    if (!is_plain_name(name)) return give_up(not_plain(name));
    forget(name);
    remove_stale(name);
    if (has_contents(name, contents)) return {};
    Status status = write(name, contents);
    return status ? status : give_up(std::move(status).error());
}

void StagedFiles::remove(std::string_view name) {
    if (failure_) return;
    if (!is_plain_name(name)) {
        static_cast<void>(give_up(not_plain(name)));
        return;
    }
    forget(name);
    remove_stale(name);
    if (auto file = stage(name, StagedFile::Action::remove); !file)
        static_cast<void>(give_up(std::move(file).error()));
}

Result<StagedFile*> StagedFiles::stage(std::string_view name, StagedFile::Action action) {
    auto file = set_.append(name, action);
    if (file) return file;
    if (file.error().code != 0)
        return cannot(file.error().code, "create a file for", name);
    return std::unexpected(within(std::move(file).error(), cat(display_, '/', name)));
}

Error StagedFiles::not_plain(std::string_view name) const {
    return {
        ErrorKind::malformed, 0,
        cat("cannot write ", display_, '/', printable(name), ": not a plain file name")};
}

Status StagedFiles::give_up(Error error) {
    failure_ = error;
    unsynced_.clear();
    settle(set_.picture(), directory_.get());
    return std::unexpected(std::move(error));
}

void StagedFiles::forget(std::string_view name) {
    const std::span<StagedFile> files = set_.files();
    for (std::size_t i = 0; i < files.size(); ++i) {
        StagedFile& file = files[i];
        if (file.action == StagedFile::Action::none || file.name_text() != name) continue;
        file.action = StagedFile::Action::none;
        if (i < unsynced_.size()) unsynced_[i] = Fd();
        if (file.has_temporary)
            file.has_temporary =
                ::unlinkat(directory_.get(), file.temporary.data(), 0) != 0;
    }
}

void StagedFiles::remove_stale(std::string_view name) {
    std::erase_if(stale_, [&](const std::string& candidate) {
        if (!is_temporary_of(name, candidate)) return false;
        ::unlinkat(directory_.get(), candidate.c_str(), 0);
        return true;
    });
}

bool StagedFiles::has_contents(std::string_view name, std::string_view contents) const {
    const auto fd = open_regular(directory_.get(), std::string(name).c_str(), O_RDONLY);
    struct stat status {};
    if (!fd || ::fstat(fd->get(), &status) != 0 ||
        static_cast<std::uint64_t>(status.st_size) != contents.size())
        return false;

    // Not on the stack: threads of the caller may have small ones.
    std::vector<std::byte> block(std::min(kCopyBlock, contents.size()));
    for (std::uint64_t offset = 0; offset < contents.size();) {
        const std::string_view expected = contents.substr(offset, block.size());
        const std::span<std::byte> found(block.data(), expected.size());
        if (!read_at(fd->get(), found, offset) || as_text(found) != expected)
            return false;
        offset += expected.size();
    }
    return true;
}

Result<Fd> StagedFiles::create(StagedFile& file) {
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    for (int tries = 0;; ++tries) {
        Fd fd(::openat(directory_.get(), file.temporary.data(), kFlags, options_.mode));
        if (fd) return fd;
        if (errno != EINTR) file.has_temporary = false;
        if ((errno != EEXIST && errno != EINTR) || tries >= kNameTries)
            return cannot(errno, "create a file for", file.name_text());
        if (!file.has_temporary) StagedSet::rename_temporary(file);
    }
}

Status StagedFiles::write(std::string_view name, std::string_view contents) {
    TRY_ASSIGN(StagedFile* const file, stage(name, StagedFile::Action::write));
    TRY_ASSIGN(Fd fd, create(*file));
    if (auto status = write_all(fd.get(), contents); !status)
        return cannot(status.error().code, "write", name);
    if (const int code = set_mode(fd.get(), options_.mode); code != 0)
        return cannot(code, "set the mode of", name);
    if (options_.sync) {
        // Start write-back, which continues while the next files are written. Only a
        // hint.
        static_cast<void>(::sync_file_range(fd.get(), 0, 0, SYNC_FILE_RANGE_WRITE));
        unsynced_.resize(set_.files().size());
        unsynced_.back() = std::move(fd);
        return {};
    }
    // Network file systems may report a full disk only here.
    if (::close(fd.release()) != 0) return cannot(errno, "write", name);
    return {};
}

Status StagedFiles::commit() {
    if (failure_) return std::unexpected(*failure_);
    if (std::ranges::all_of(set_.files(), [](const StagedFile& file) {
            return file.action == StagedFile::Action::none;
        }))
        return {};
    Status status = sync();
    if (status) status = keep_old_files();
    if (status) status = record();
    if (!status) return give_up(std::move(status).error());

    unsynced_.clear();
    // From here on, if this process is killed, the guard finishes the new set.
    set_.picture().outcome.store(Outcome::replace);
    const SettleFailure failure = settle(set_.picture(), directory_.get());
    if (failure.code != 0) return give_up(cannot_replace(failure));
    return {};
}

Error StagedFiles::cannot_replace(const SettleFailure& failure) const {
    Error error = failure.file == nullptr
                      ? fail_errno(failure.code, cat("cannot sync ", display_)).error()
                      : cannot(failure.code, failure.removal ? "remove" : "replace",
                               failure.file->name_text())
                            .error();
    if (!failure.restored) error.message += "; some old files could not be restored";
    return error;
}

Status StagedFiles::sync() {
    const std::span<StagedFile> files = set_.files();
    for (std::size_t i = 0; i < unsynced_.size(); ++i) {
        if (!unsynced_[i]) continue;
        if (sync_failed(::fsync(unsynced_[i].get())))
            return cannot(errno, "sync", files[i].name_text());
        if (::close(unsynced_[i].release()) != 0)
            return cannot(errno, "write", files[i].name_text());
    }
    return {};
}

Status StagedFiles::record() {
    set_.picture().has_record = true;
    auto status = write_commit_record(set_.picture(), directory_.get());
    if (!status) return std::unexpected(within(std::move(status).error(), display_));
    return {};
}

/// Gives every old file a second link, so that failed renames can be undone.
Status StagedFiles::keep_old_files() {
    for (StagedFile& file : set_.files())
        if (file.action != StagedFile::Action::none) TRY(keep_old_file(file));
    return {};
}

Status StagedFiles::keep_old_file(StagedFile& file) {
    const int directory = directory_.get();
    const bool removal = file.action == StagedFile::Action::remove;
    struct stat status {};
    if (::fstatat(directory, file.name.data(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        file.was_absent = errno == ENOENT;
        if (file.was_absent) return {};
        return cannot(errno, "stat", file.name_text());
    }
    if (S_ISDIR(status.st_mode))
        return cannot(EISDIR, removal ? "remove" : "replace", file.name_text());
    for (int tries = 0; tries < kNameTries; ++tries) {
        StagedSet::name_backup(file);
        if (::linkat(directory, file.name.data(), directory, file.backup.data(), 0) == 0)
            return {};
        const int code = errno;
        file.has_backup = false;
        switch (code) {
            case EEXIST: break;
            // Returned by file systems without hard links, and by the kernel for files
            // of other users (fs.protected_hardlinks).
            case EACCES:
            case EINVAL:
            case EMLINK:
            case ENOSYS:
            case EOPNOTSUPP:
            case EPERM:
            case EXDEV: return copy_old_file(file);
            default: return cannot(code, "keep a copy of", file.name_text());
        }
    }
    return cannot(EEXIST, "keep a copy of", file.name_text());
}

Status StagedFiles::copy_old_file(StagedFile& file) {
    const auto cannot_copy = [&](int code) {
        return cannot(code, "keep a copy of", file.name_text());
    };
    const int directory = directory_.get();
    const auto from = open_regular(directory, file.name.data(), O_RDONLY);
    if (!from) return cannot_copy(from.error());
    struct stat status {};
    if (::fstat(from->get(), &status) != 0) return cannot_copy(errno);
    const mode_t mode = status.st_mode & 07777;
    StagedSet::name_backup(file);
    const auto to =
        open_at(directory, file.backup.data(), O_WRONLY | O_CREAT | O_EXCL, mode);
    if (!to) {
        file.has_backup = false;
        return cannot_copy(to.error());
    }
    auto contents = read_all(from->get(), std::numeric_limits<std::uint64_t>::max());
    if (!contents) return cannot_copy(contents.error().code);
    if (auto written = write_all(to->get(), *contents); !written)
        return cannot_copy(written.error().code);
    if (const int code = set_mode(to->get(), mode); code != 0) return cannot_copy(code);
    return {};
}

}  // namespace kmodpp::io
