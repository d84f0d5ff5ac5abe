// SPDX-License-Identifier: LGPL-2.1-or-later
// A set of files that are being replaced together, in memory that a writer and its guard
// share, and the one function that finishes or undoes such a set.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <climits>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.hpp"

namespace kmodpp::io {

/// One file of a set. If a process is killed between any two stores to it, settle() can
/// still finish the set: every temporary and back-up that exists is claimed here,
/// although a claimed one may not exist yet, or no longer.
struct StagedFile {
    /// A NUL-terminated file name.
    using Name = std::array<char, NAME_MAX + 1>;
    enum class Action : std::uint8_t {
        none,    ///< nothing to replace; a temporary may be left
        write,   ///< `temporary` replaces `name`
        remove,  ///< `name` is removed
    };
    [[nodiscard]] std::string_view name_text() const { return name.data(); }

    Name name;
    Name temporary;  ///< the new contents, where has_temporary
    Name backup;     ///< the old file, where has_backup
    Action action;
    bool has_temporary;
    bool has_backup;
    bool was_absent;      ///< there was no old file
    bool attempted;       ///< a process began to replace or remove `name`
    bool replaced;        ///< and succeeded
    std::uint16_t named;  ///< number of names it was given
};

/// What settle() does with a set.
enum class Outcome : std::uint32_t {
    discard,  ///< remove temporaries and back-ups
    replace,  ///< replace every file; if one cannot be replaced, restore
    restore,  ///< put the back-ups back in place
};

/// More than any set of databases has. Unused pages are never touched.
inline constexpr std::uint32_t kMaxStagedFiles = 4096;

/// Name of the record of a set (see commit_record.hpp), and the line that is added to it
/// before old files are put back.
inline constexpr char kCommitRecord[] = ".modules.pending";
inline constexpr std::string_view kRestoreMark = "restore/\n";

/// The state of a set. A writer and its guard share it.
struct SetPicture {
    std::atomic<Outcome> outcome;
    std::atomic<std::uint32_t> count;
    bool sync;
    bool has_record;
    std::array<StagedFile, kMaxStagedFiles> files;
};

/// Why a set could not be replaced.
struct SettleFailure {
    int code = 0;                      ///< an errno; 0: no failure
    const StagedFile* file = nullptr;  ///< null: the directory could not be synced
    bool removal = false;              ///< the file was to be removed
    bool restored = true;              ///< false: some old files could not be restored
};

/// Does what remains to be done for the set in \p directory. May be called again, also
/// by another process, after being interrupted at any point. Makes async-signal-safe
/// calls only, because it runs in a copy of a process with threads.
SettleFailure settle(SetPicture& set, int directory);

/// True if fsync failed. "Not supported" is not a failure.
[[nodiscard]] bool sync_failed(int result);

/// Owns the shared memory of a SetPicture. Move-only.
class StagedSet {
public:
    [[nodiscard]] static Result<StagedSet> make(bool sync);
    StagedSet(StagedSet&& other) noexcept;
    StagedSet& operator=(StagedSet&& other) noexcept;
    ~StagedSet();

    /// False for a moved-from object.
    [[nodiscard]] explicit operator bool() const { return picture_ != nullptr; }
    /// Borrows from this object.
    [[nodiscard]] SetPicture& picture() const { return *picture_; }
    [[nodiscard]] std::span<StagedFile> files() const;
    /// Adds a file. One that will be written gets and claims a name for its temporary.
    /// ENAMETOOLONG if that name would be too long.
    [[nodiscard]] Result<StagedFile*> append(std::string_view name,
                                             StagedFile::Action action);
    /// Give a temporary or back-up that does not exist another name, and claim it.
    static void rename_temporary(StagedFile& file);
    static void name_backup(StagedFile& file);

private:
    explicit StagedSet(SetPicture* picture) : picture_(picture) {}
    SetPicture* picture_;
};

}  // namespace kmodpp::io
