// SPDX-License-Identifier: LGPL-2.1-or-later
// The one way in which the project writes files: all of a set, or none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "io/root.hpp"

namespace kmodpp::io {

struct StageOptions {
    /// fsync data and directory before and after the renames.
    bool sync = true;
    /// Mode of new files; a replaced file keeps none of its own.
    mode_t mode = 0644;
};

/// A set of files in one directory that are replaced together. add() writes each under a
/// temporary name in that directory; commit() syncs, then renames all. A file whose bytes
/// would not change is left untouched, mtime included. Until commit() begins nothing that
/// a reader can see has changed; a commit() that fails puts the old files back. No
/// temporary outlives a failure or the object, and what a killed process left of the same
/// set is removed. While it lives it holds an exclusive lock on the directory; a second
/// writer waits for it (where directories cannot be locked, as on NFS, it does not).
class StagedFiles {
public:
    [[nodiscard]] static Result<StagedFiles> open(const Root& root,
                                                  std::string_view directory,
                                                  StageOptions options = {});
    StagedFiles(StagedFiles&&) noexcept;
    StagedFiles& operator=(StagedFiles&&) noexcept;
    ~StagedFiles();

    /// \param name a plain file name. After a failure the whole set is given up, and
    /// commit() fails with the same error.
    [[nodiscard]] Status add(std::string_view name, std::string_view contents);
    /// A file of the set that is no longer wanted goes with the commit; absent is fine. A
    /// name that is not plain fails the commit.
    void remove(std::string_view name);
    [[nodiscard]] Status commit();

private:
    struct Entry {
        std::string name;
        std::string temporary;  ///< the new contents; empty: remove `name`
        Fd fd;                  ///< of the temporary, while it is to be synced
        std::string backup;     ///< a second link to the old file, during commit()
        bool is_new = false;    ///< there was no old file, as commit() found
        bool replaced = false;  ///< `name` is the new file, during commit()
    };
    StagedFiles(Fd directory, std::string display, StageOptions options,
                std::vector<std::string> stale);
    [[nodiscard]] Status write(Entry& entry, std::string_view contents);
    [[nodiscard]] Status sync();
    [[nodiscard]] Status replace();
    [[nodiscard]] Status replace(Entry& entry);
    [[nodiscard]] bool has_contents(const std::string& name,
                                    std::string_view contents) const;
    [[nodiscard]] std::unexpected<Error> cannot(int code, std::string_view what,
                                                std::string_view name) const;
    [[nodiscard]] Error not_plain(std::string_view name) const;
    [[nodiscard]] Status give_up(Error error);
    void forget(std::string_view name);
    void remove_stale(std::string_view name);
    void restore();
    void discard();

    Fd directory_;
    std::string display_;
    StageOptions options_;
    std::vector<Entry> entries_;
    /// Hidden files that were there before: perhaps temporaries of a killed process.
    std::vector<std::string> stale_;
    std::optional<Error> failure_;
};

}  // namespace kmodpp::io
