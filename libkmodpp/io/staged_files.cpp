// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/staged_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "io/file.hpp"

namespace kmodpp::io {

namespace {

// Temporaries and back-ups are called .NAME.XXXXXX.
constexpr std::string_view kAlphabet =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::size_t kSuffixLength = 6;
constexpr int kNameTries = 100;

std::string temporary_name(std::string_view name) {
    std::array<unsigned char, kSuffixLength> random{};
    // Six bytes come whole or not at all; without them O_EXCL still finds a free name.
    [[maybe_unused]] const auto got =
        ::getrandom(random.data(), random.size(), GRND_NONBLOCK);
    std::string temporary = cat('.', name, '.');
    for (const unsigned char byte : random)
        temporary += kAlphabet[byte % kAlphabet.size()];
    return temporary;
}

bool is_temporary_of(std::string_view name, std::string_view candidate) {
    return candidate.size() == name.size() + kSuffixLength + 2 &&
           candidate.front() == '.' && candidate.substr(1, name.size()) == name &&
           candidate[name.size() + 1] == '.' &&
           candidate.find_first_not_of(kAlphabet, name.size() + 2) ==
               std::string_view::npos;
}

/// Some file systems cannot sync what they are asked to, and say so.
bool sync_failed(int result) {
    return result != 0 && errno != EINVAL && errno != EOPNOTSUPP;
}

bool is_plain_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." &&
           name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

/// \returns 0 or an errno
int lock(const Fd& directory) {
    while (::flock(directory.get(), LOCK_EX) != 0)
        if (errno != EINTR) return errno;
    return 0;
}

}  // namespace

Result<StagedFiles> StagedFiles::open(const Root& root, std::string_view directory,
                                      StageOptions options) {
    TRY_ASSIGN(Fd fd, root.open_file(directory, O_RDONLY | O_DIRECTORY));
    std::vector<std::string> stale;
    if (const int code = lock(fd); code == 0) {
        TRY_ASSIGN(stale, root.list(directory));
        std::erase_if(stale, [](const auto& name) { return !name.starts_with('.'); });
    } else if (code != EBADF && code != ENOLCK && code != EOPNOTSUPP && code != ENOSYS &&
               code != EINVAL) {
        // The others mean that this file system has no locks for directories; temporaries
        // that are found there may belong to a living process.
        return fail_errno(code, cat("cannot lock ", root.display(directory)));
    }
    return StagedFiles(std::move(fd), root.display(directory), options, std::move(stale));
}

StagedFiles::StagedFiles(Fd directory, std::string display, StageOptions options,
                         std::vector<std::string> stale)
    : directory_(std::move(directory)),
      display_(std::move(display)),
      options_(options),
      stale_(std::move(stale)) {
    while (display_.ends_with('/')) display_.pop_back();
}

StagedFiles::StagedFiles(StagedFiles&&) noexcept = default;

StagedFiles& StagedFiles::operator=(StagedFiles&& other) noexcept {
    // Members are swapped, so that the temporaries of both keep an owner.
    std::swap(directory_, other.directory_);
    std::swap(display_, other.display_);
    std::swap(options_, other.options_);
    std::swap(entries_, other.entries_);
    std::swap(stale_, other.stale_);
    std::swap(failure_, other.failure_);
    return *this;
}

StagedFiles::~StagedFiles() { discard(); }

std::unexpected<Error> StagedFiles::cannot(int code, std::string_view what,
                                           std::string_view name) const {
    return fail_errno(code, cat("cannot ", what, ' ', display_, '/', name));
}

Status StagedFiles::add(std::string_view name, std::string_view contents) {
    if (failure_) return std::unexpected(*failure_);
    if (!is_plain_name(name)) return give_up(not_plain(name));
    forget(name);
    remove_stale(name);
    Entry entry;
    entry.name = name;
    if (has_contents(entry.name, contents)) return {};
    Status status = write(entry, contents);
    if (!entry.temporary.empty()) entries_.push_back(std::move(entry));
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
    Entry entry;
    entry.name = name;
    entries_.push_back(std::move(entry));
}

Error StagedFiles::not_plain(std::string_view name) const {
    return {
        ErrorKind::malformed, 0,
        cat("cannot write ", display_, '/', printable(name), ": not a plain file name")};
}

Status StagedFiles::give_up(Error error) {
    failure_ = error;
    discard();
    return std::unexpected(std::move(error));
}

void StagedFiles::forget(std::string_view name) {
    std::erase_if(entries_, [&](const Entry& entry) {
        if (entry.name != name) return false;
        if (!entry.temporary.empty())
            ::unlinkat(directory_.get(), entry.temporary.c_str(), 0);
        return true;
    });
}

void StagedFiles::remove_stale(std::string_view name) {
    std::erase_if(stale_, [&](const std::string& candidate) {
        if (!is_temporary_of(name, candidate)) return false;
        ::unlinkat(directory_.get(), candidate.c_str(), 0);
        return true;
    });
}

bool StagedFiles::has_contents(const std::string& name, std::string_view contents) const {
    const Fd fd(::openat(directory_.get(), name.c_str(),
                         O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
        static_cast<std::uint64_t>(status.st_size) != contents.size())
        return false;

    std::array<std::byte, 64 << 10> block;
    for (std::uint64_t offset = 0; offset < contents.size();) {
        const std::string_view expected = contents.substr(offset, block.size());
        const std::span<std::byte> found(block.data(), expected.size());
        if (!read_at(fd.get(), found, offset) || as_text(found) != expected) return false;
        offset += expected.size();
    }
    return true;
}

Status StagedFiles::write(Entry& entry, std::string_view contents) {
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    for (int tries = 0; !entry.fd; ++tries) {
        std::string temporary = temporary_name(entry.name);
        Fd fd(::openat(directory_.get(), temporary.c_str(), kFlags, 0600));
        if (fd) {
            entry.temporary = std::move(temporary);
            entry.fd = std::move(fd);
        } else if ((errno != EEXIST && errno != EINTR) || tries >= kNameTries) {
            return cannot(errno, "create a file for", entry.name);
        }
    }
    if (auto status = write_all(entry.fd.get(), contents); !status)
        return cannot(status.error().code, "write", entry.name);
    // Not by open(): the umask of the caller would take bits away.
    if (::fchmod(entry.fd.get(), options_.mode) != 0)
        return cannot(errno, "set the mode of", entry.name);
    if (options_.sync) {
        // Write-back begins now and goes on while the next files are made. Only a hint.
        static_cast<void>(::sync_file_range(entry.fd.get(), 0, 0, SYNC_FILE_RANGE_WRITE));
        return {};
    }
    // Network file systems report a full disk as late as here.
    if (::close(entry.fd.release()) != 0) return cannot(errno, "write", entry.name);
    return {};
}

Status StagedFiles::commit() {
    if (failure_) return std::unexpected(*failure_);
    if (entries_.empty()) return {};
    Status status = sync();
    if (status) status = replace();
    if (!status) {
        restore();
        return give_up(std::move(status).error());
    }
    discard();
    return {};
}

Status StagedFiles::sync() {
    for (Entry& entry : entries_) {
        if (!entry.fd) continue;
        if (sync_failed(::fsync(entry.fd.get())))
            return cannot(errno, "sync", entry.name);
        if (::close(entry.fd.release()) != 0) return cannot(errno, "write", entry.name);
    }
    return {};
}

Status StagedFiles::replace() {
    // A single rename is atomic without help. File systems without hard links give none,
    // and then there is nothing to go back to.
    if (entries_.size() > 1) {
        for (Entry& entry : entries_) {
            if (entry.temporary.empty()) continue;
            std::string backup = temporary_name(entry.name);
            if (::linkat(directory_.get(), entry.name.c_str(), directory_.get(),
                         backup.c_str(), 0) == 0)
                entry.backup = std::move(backup);
            else if (errno == ENOENT)
                entry.is_new = true;
            else if (errno == ENOSPC || errno == EDQUOT || errno == EIO)
                return cannot(errno, "keep a copy of", entry.name);
        }
    }
    for (Entry& entry : entries_) TRY(replace(entry));
    if (options_.sync && sync_failed(::fsync(directory_.get())))
        return fail_errno(errno, cat("cannot sync ", display_));
    return {};
}

Status StagedFiles::replace(Entry& entry) {
    const int directory = directory_.get();
    if (!entry.temporary.empty()) {
        if (::renameat(directory, entry.temporary.c_str(), directory,
                       entry.name.c_str()) != 0)
            return cannot(errno, "replace", entry.name);
        entry.temporary.clear();
    } else {
        // Out of sight first: until all of the set is in place it may have to come back.
        std::string backup = temporary_name(entry.name);
        struct stat status {};
        if (::fstatat(directory, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 &&
            errno == ENOENT)
            return {};
        if (S_ISDIR(status.st_mode)) return cannot(EISDIR, "remove", entry.name);
        if (::renameat(directory, entry.name.c_str(), directory, backup.c_str()) != 0)
            return cannot(errno, "remove", entry.name);
        entry.backup = std::move(backup);
    }
    entry.replaced = true;
    return {};
}

/// Undoes what replace() has done so far; back-ups that were not needed stay for
/// discard().
void StagedFiles::restore() {
    const int directory = directory_.get();
    for (Entry& entry : entries_) {
        if (!entry.replaced) continue;
        if (entry.is_new)
            ::unlinkat(directory, entry.name.c_str(), 0);
        else if (!entry.backup.empty() && ::renameat(directory, entry.backup.c_str(),
                                                     directory, entry.name.c_str()) == 0)
            entry.backup.clear();
    }
}

void StagedFiles::discard() {
    for (const Entry& entry : entries_) {
        if (!entry.temporary.empty())
            ::unlinkat(directory_.get(), entry.temporary.c_str(), 0);
        if (!entry.backup.empty()) ::unlinkat(directory_.get(), entry.backup.c_str(), 0);
    }
    entries_.clear();
}

}  // namespace kmodpp::io
