// SPDX-License-Identifier: LGPL-2.1-or-later
// Replaces a set of files in a directory: all of them, or none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/directory_lock.hpp"
#include "io/guard.hpp"
#include "io/root.hpp"
#include "io/staged_set.hpp"

namespace kmodpp::io {

struct StageOptions {
    /// fsync data and directory before and after the renames.
    bool sync = true;
    /// Mode of new files; the mode of the replaced file is not kept.
    mode_t mode = 0644;
};

/// A set of files in one directory that are replaced together. add() writes each under
/// a temporary name in that directory; commit() syncs, then renames all. A file whose
/// bytes would not change is left untouched, mtime included. Readers see no change
/// until commit() begins; a commit() that fails puts the old files back.
///
/// A process that is killed leaves the old set or the new one and no temporary, because
/// a guard, started by open(), finishes or undoes the set. If the guard is killed as
/// well, a record in the directory (commit_record.hpp) tells the next open() to do
/// that; the temporaries that are left are removed with the next set of the same names.
/// The object holds the lock of the directory; a second writer waits for it (see
/// DirectoryLock).
///
/// May be opened long before it is used, on another thread, and while threads start and
/// end. Only one thread at a time may use it.
class StagedFiles {
public:
    [[nodiscard]] static Result<StagedFiles> open(const Root& root,
                                                  std::string_view directory,
                                                  StageOptions options = {});
    StagedFiles(StagedFiles&&) noexcept;
    StagedFiles& operator=(StagedFiles&&) noexcept;
    ~StagedFiles();

    /// Stages a file. After a failure the whole set is abandoned, and commit() fails
    /// with the same error.
    /// \param name a plain file name
    [[nodiscard]] Status add(std::string_view name, std::string_view contents);
    /// Stages the removal of a file, if it exists. If \p name is not a plain file name,
    /// commit() fails.
    void remove(std::string_view name);
    /// Removes the temporaries and back-ups of a file that killed processes have left.
    /// add() and remove() do that as well.
    void remove_stale(std::string_view name);
    [[nodiscard]] Status commit();

    /// Why no guard could be started; nullopt if it was.
    [[nodiscard]] const std::optional<Error>& unguarded() const { return unguarded_; }

private:
    StagedFiles(Fd directory, DirectoryLock lock, std::string display,
                StageOptions options, StagedSet set, std::vector<std::string> stale);
    [[nodiscard]] Result<StagedFile*> stage(std::string_view name,
                                            StagedFile::Action action);
    [[nodiscard]] Status write(std::string_view name, std::string_view contents);
    [[nodiscard]] Result<Fd> create(StagedFile& file);
    [[nodiscard]] Status sync();
    [[nodiscard]] Status record();
    [[nodiscard]] Status keep_old_files();
    [[nodiscard]] Status keep_old_file(StagedFile& file);
    [[nodiscard]] Status copy_old_file(StagedFile& file);
    [[nodiscard]] bool has_contents(std::string_view name,
                                    std::string_view contents) const;
    [[nodiscard]] std::unexpected<Error> cannot(int code, std::string_view what,
                                                std::string_view name) const;
    [[nodiscard]] Error cannot_replace(const SettleFailure& failure) const;
    [[nodiscard]] Error not_plain(std::string_view name) const;
    [[nodiscard]] Status give_up(Error error);
    void forget(std::string_view name);

    Fd directory_;
    DirectoryLock lock_;
    std::string display_;
    StageOptions options_;
    StagedSet set_;
    /// Descriptors of temporaries that are not synced yet, by index in the set.
    std::vector<Fd> unsynced_;
    /// Hidden files that open() found: perhaps temporaries of a killed process.
    std::vector<std::string> stale_;
    std::optional<Error> failure_;
    std::optional<Error> unguarded_;
    Guard guard_;
};

}  // namespace kmodpp::io
