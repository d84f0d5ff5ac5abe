// SPDX-License-Identifier: LGPL-2.1-or-later
// The record of a set of files that are being replaced: if every process that knows of
// the set is killed, the next writer finishes it.
#pragma once

#include "base/error.hpp"
#include "io/root.hpp"
#include "io/staged_set.hpp"

namespace kmodpp::io {

//   .modules.pending, in the directory of the set; '/' ends a field, since no name has
//   one
//
//   replace/NAME/TEMPORARY/BACKUP/     BACKUP is empty if NAME did not exist
//   remove/NAME//BACKUP/
//   ...
//   commit/                            complete: finish the set
//   restore/                           a file could not be replaced: put the old ones
//   back
//
// It exists from before the first rename until after the last. Without "commit/" it was
// cut off while it was written: no file has been replaced yet.

/// Writes the record of a set that is ready to be replaced.
[[nodiscard]] Status write_commit_record(const SetPicture& set, int directory);

/// Finishes or undoes the set that killed processes have left, if there is one. Only for
/// a holder of the lock of the directory.
[[nodiscard]] Status finish_interrupted_set(int directory, bool sync);

/// True if killed processes have left a record that no writer is at work on. False as
/// well if this process may not open the lock file and thus cannot know.
[[nodiscard]] bool has_interrupted_set(const Root& root, std::string_view directory);

}  // namespace kmodpp::io
