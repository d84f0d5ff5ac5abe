// SPDX-License-Identifier: LGPL-2.1-or-later
// The one way in which the project writes files: all of a set, or none.
#pragma once

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
/// would not change is left untouched, mtime included. Until commit() succeeds nothing
/// that a reader can see has changed; the destructor removes the temporaries. While it
/// lives it holds an exclusive lock on the directory; a second writer waits for it.
class StagedFiles {
public:
    [[nodiscard]] static Result<StagedFiles> open(const Root& root,
                                                  std::string_view directory,
                                                  StageOptions options = {});
    StagedFiles(StagedFiles&&) noexcept;
    StagedFiles& operator=(StagedFiles&&) noexcept;
    ~StagedFiles();

    [[nodiscard]] Status add(std::string_view name, std::string_view contents);
    /// A file of the set that is no longer wanted goes with the commit; absent is fine.
    void remove(std::string_view name);
    [[nodiscard]] Status commit();

private:
    struct Entry {
        std::string name;
        std::string temporary;  ///< empty: remove `name`
        Fd fd;
    };
    StagedFiles(Fd directory, std::string display, StageOptions options);
    void discard();

    Fd directory_;
    std::string display_;
    StageOptions options_;
    std::vector<Entry> entries_;
};

}  // namespace kmodpp::io
