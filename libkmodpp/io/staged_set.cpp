// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/staged_set.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "base/text.hpp"
#include "io/temporary_name.hpp"

namespace kmodpp::io {

namespace {

void write_name(StagedFile::Name& to, std::string_view text) {
    *std::ranges::copy(text, to.begin()).out = '\0';
}

/// Gives the file a new name and claims it. The process may be killed between any two
/// stores: the fences keep their order, so that a half-written name is never claimed.
void claim_other(StagedFile::Name& to, bool& claim, StagedFile& file) {
    claim = false;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    write_name(to, temporary_name(file.name_text(), file.named++));
    std::atomic_signal_fence(std::memory_order_seq_cst);
    claim = true;
}

std::span<StagedFile> files_of(SetPicture& set) {
    return std::span(set.files).first(set.count.load());
}

bool rename_to(int directory, const StagedFile::Name& from, const StagedFile::Name& to) {
    return ::renameat(directory, from.data(), directory, to.data()) == 0;
}

/// True if no such file is left.
bool remove_file(int directory, const char* name) {
    return ::unlinkat(directory, name, 0) == 0 || errno == ENOENT;
}

/// False, with errno, if \p file cannot be replaced or removed.
bool replace(StagedFile& file, int directory) {
    if (file.action == StagedFile::Action::none || file.replaced) return true;
    const bool again = std::exchange(file.attempted, true);
    if (file.action == StagedFile::Action::remove) {
        if (!remove_file(directory, file.name.data())) return false;
    } else if (!rename_to(directory, file.temporary, file.name)) {
        // A killed process may have renamed it without recording that.
        if (errno != ENOENT || !again) return false;
    }
    file.replaced = true;
    file.has_temporary = false;
    return true;
}

SettleFailure replace_all(SetPicture& set, int directory) {
    for (StagedFile& file : files_of(set))
        if (!replace(file, directory))
            return {.code = errno,
                    .file = &file,
                    .removal = file.action == StagedFile::Action::remove};
    if (set.sync && sync_failed(::fsync(directory))) return {.code = errno};
    return {};
}

/// From here on, a process that finds the record undoes the set.
void mark_restore(const SetPicture& set, int directory) {
    if (!set.has_record) return;
    const int record =
        ::openat(directory, kCommitRecord, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    if (record < 0) return;
    // Best effort: the next depmod writes all files in any case.
    static_cast<void>(!::write(record, kRestoreMark.data(), kRestoreMark.size()));
    ::close(record);
}

/// False if a file could not be put back.
bool restore_all(SetPicture& set, int directory) {
    mark_restore(set, directory);
    bool all = true;
    for (const StagedFile& file : files_of(set)) {
        if (!file.replaced) continue;
        // If the back-up is missing, a killed process has already put it back.
        if (file.has_backup)
            all &= rename_to(directory, file.backup, file.name) || errno == ENOENT;
        else if (file.was_absent)
            all &= remove_file(directory, file.name.data());
    }
    // A failure is ignored: the error that led to the restore is the one to report.
    if (set.sync) ::fsync(directory);
    return all;
}

/// Removes temporaries and back-ups. Those that cannot be removed stay in the set for
/// another attempt.
void discard_all(SetPicture& set, int directory) {
    // Remove the record first, because it names the files that are removed below.
    bool all = !set.has_record || remove_file(directory, kCommitRecord);
    set.has_record = !all;
    for (StagedFile& file : files_of(set)) {
        file.action = StagedFile::Action::none;
        // Renaming a link to another link of the same file leaves both.
        if (file.has_temporary)
            file.has_temporary = !remove_file(directory, file.temporary.data());
        if (file.has_backup)
            file.has_backup = !remove_file(directory, file.backup.data());
        all &= !file.has_temporary && !file.has_backup;
    }
    if (all) set.count.store(0);
}

}  // namespace

SettleFailure settle(SetPicture& set, int directory) {
    SettleFailure failure;
    if (set.outcome.load() == Outcome::replace) {
        failure = replace_all(set, directory);
        set.outcome.store(failure.code == 0 ? Outcome::discard : Outcome::restore);
    }
    if (set.outcome.load() == Outcome::restore) {
        failure.restored = restore_all(set, directory);
        set.outcome.store(Outcome::discard);
    }
    discard_all(set, directory);
    return failure;
}

bool sync_failed(int result) {
    return result != 0 && errno != EINVAL && errno != EOPNOTSUPP;
}

Result<StagedSet> StagedSet::make(bool sync) {
    static_assert(std::atomic<Outcome>::is_always_lock_free);
    static_assert(std::is_trivially_default_constructible_v<StagedFile>);
    void* const memory = ::mmap(nullptr, sizeof(SetPicture), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return fail_errno(errno, "cannot get memory for a set of files");
    // Not value-initialised, so that the pages of the files are not touched.
    auto* const picture = ::new (memory) SetPicture;
    picture->outcome.store(Outcome::discard);
    picture->count.store(0);
    picture->sync = sync;
    picture->has_record = false;
    return StagedSet(picture);
}

StagedSet::StagedSet(StagedSet&& other) noexcept
    : picture_(std::exchange(other.picture_, nullptr)) {}

StagedSet& StagedSet::operator=(StagedSet&& other) noexcept {
    std::swap(picture_, other.picture_);
    return *this;
}

StagedSet::~StagedSet() {
    if (picture_ != nullptr) ::munmap(picture_, sizeof *picture_);
}

std::span<StagedFile> StagedSet::files() const { return files_of(*picture_); }

Result<StagedFile*> StagedSet::append(std::string_view name, StagedFile::Action action) {
    if (name.size() + kAddedLength > NAME_MAX)
        return fail_errno(ENAMETOOLONG, "cannot name a temporary file");
    const std::uint32_t index = picture_->count.load();
    if (index == kMaxStagedFiles)
        return fail(ErrorKind::unsupported,
                    cat("more than ", kMaxStagedFiles, " files in a set"));
    StagedFile& file = picture_->files[index];
    write_name(file.name, name);
    file.named = 0;
    write_name(file.temporary, temporary_name(name, file.named++));
    file.action = action;
    file.has_temporary = action == StagedFile::Action::write;
    file.has_backup = file.was_absent = file.attempted = file.replaced = false;
    // The file becomes part of the set only now.
    picture_->count.store(index + 1);
    return &file;
}

void StagedSet::rename_temporary(StagedFile& file) {
    claim_other(file.temporary, file.has_temporary, file);
}

void StagedSet::name_backup(StagedFile& file) {
    claim_other(file.backup, file.has_backup, file);
}

}  // namespace kmodpp::io
