// SPDX-License-Identifier: LGPL-2.1-or-later
// Records a set of files that are being replaced: if every process that works on the
// set is killed, the next writer finishes it.
#pragma once

#include "base/error.hpp"
#include "io/staged_set.hpp"

namespace kmodpp::io {

//   .modules.pending, in the directory of the set; '/', which no name has, ends a field
//
//   replace/NAME/TEMPORARY/BACKUP/     BACKUP is empty if NAME did not exist
//   remove/NAME//BACKUP/
//   ...
//   commit/                            complete: finish the set
//   restore/                           a file could not be replaced: restore all
//
// The record exists from before the first rename until after the last. Without "commit/"
// it is incomplete, and no file has been replaced yet.

/// Writes the record of a set whose files are about to be replaced.
[[nodiscard]] Status write_commit_record(const SetPicture& set, int directory);

/// Finishes or undoes a set that killed processes left in \p directory. The caller must
/// hold the lock of the directory.
[[nodiscard]] Status finish_interrupted_set(int directory, bool sync);

}  // namespace kmodpp::io
