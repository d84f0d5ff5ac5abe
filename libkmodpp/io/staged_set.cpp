// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/staged_set.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <new>
#include <type_traits>
#include <utility>

#include "base/text.hpp"

namespace kmodpp::io {

namespace {

constexpr std::string_view kAlphabet =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::size_t kSuffixLength = 6;
/// Of the two dots and the suffix.
constexpr std::size_t kAddedLength = kSuffixLength + 2;

void write_name(StagedFile::Name& to, std::string_view text) {
    *std::ranges::copy(text, to.begin()).out = '\0';
}

/// `file.name` has room for what is added.
void write_temporary_name(StagedFile::Name& to, StagedFile& file) {
    // O_EXCL keeps names apart, not chance: a new one for each attempt is enough, and
    // early in a boot there are no random numbers. Clocks may stand still for 10 ms
    // there.
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    auto rest = static_cast<std::uint64_t>(now.tv_nsec) +
                static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + file.named++;
    auto at = to.begin();
    *at++ = '.';
    at = std::ranges::copy(file.name_text(), at).out;
    *at++ = '.';
    for (std::size_t i = 0; i < kSuffixLength; ++i, rest /= kAlphabet.size())
        *at++ = kAlphabet[rest % kAlphabet.size()];
    *at = '\0';
}

/// A claim is never one of half a name: a process may be killed between any two stores,
/// so these keep their order.
void claim_other(StagedFile::Name& to, bool& claim, StagedFile& file) {
    claim = false;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    write_temporary_name(to, file);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    claim = true;
}

std::span<StagedFile> files_of(SetPicture& set) {
    return std::span(set.files).first(set.count.load());
}

bool rename_to(int directory, const StagedFile::Name& from, const StagedFile::Name& to) {
    return ::renameat(directory, from.data(), directory, to.data()) == 0;
}

/// True when nothing is there any more.
bool remove_file(int directory, const StagedFile::Name& name) {
    return ::unlinkat(directory, name.data(), 0) == 0 || errno == ENOENT;
}

/// False, with errno, when `file` cannot be replaced or removed.
bool replace(StagedFile& file, int directory) {
    if (file.action == StagedFile::Action::none || file.replaced) return true;
    const bool again = std::exchange(file.attempted, true);
    if (file.action == StagedFile::Action::remove) {
        if (!remove_file(directory, file.name)) return false;
    } else if (!rename_to(directory, file.temporary, file.name)) {
        // Whoever attempted it before died between the rename and the note of it.
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

/// False when a file could not be put back.
bool restore_all(SetPicture& set, int directory) {
    bool all = true;
    for (const StagedFile& file : files_of(set)) {
        if (!file.replaced) continue;
        // A back-up that is missing was put back by somebody who died after it.
        if (file.has_backup)
            all &= rename_to(directory, file.backup, file.name) || errno == ENOENT;
        else if (file.was_absent)
            all &= remove_file(directory, file.name);
    }
    // The error that brought us here is the one that is reported.
    if (set.sync) ::fsync(directory);
    return all;
}

/// What cannot be removed stays in the picture for another attempt.
void discard_all(SetPicture& set, int directory) {
    bool all = true;
    for (StagedFile& file : files_of(set)) {
        file.action = StagedFile::Action::none;
        // Putting a second link back in the place of the first leaves both.
        if (file.has_temporary)
            file.has_temporary = !remove_file(directory, file.temporary);
        if (file.has_backup) file.has_backup = !remove_file(directory, file.backup);
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

bool is_temporary_of(std::string_view name, std::string_view candidate) {
    return candidate.size() == name.size() + kAddedLength && candidate.front() == '.' &&
           candidate.substr(1, name.size()) == name &&
           candidate[name.size() + 1] == '.' &&
           candidate.find_first_not_of(kAlphabet, name.size() + 2) ==
               std::string_view::npos;
}

Result<StagedSet> StagedSet::make(bool sync) {
    static_assert(std::atomic<Outcome>::is_always_lock_free);
    static_assert(std::is_trivially_default_constructible_v<StagedFile>);
    void* const memory = ::mmap(nullptr, sizeof(SetPicture), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return fail_errno(errno, "cannot get memory for a set of files");
    // Without braces: the files stay pages that nobody has touched.
    auto* const picture = ::new (memory) SetPicture;
    picture->outcome.store(Outcome::discard);
    picture->count.store(0);
    picture->sync = sync;
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
    write_temporary_name(file.temporary, file);
    file.action = action;
    file.has_temporary = action == StagedFile::Action::write;
    file.has_backup = file.was_absent = file.attempted = file.replaced = false;
    // Only now is it part of the picture.
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
