// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/interrupted_set.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <string>

#include "base/text.hpp"
#include "io/directory_lock.hpp"
#include "io/staged_set.hpp"

namespace kmodpp::io {

bool has_interrupted_set(const Root& root, std::string_view directory) {
    const std::string record = cat(directory, "/", kCommitRecord);
    if (!root.exists(record)) return false;
    const auto lock =
        root.open_no_device(cat(directory, "/", kLockFile), O_RDONLY | O_NOFOLLOW);
    if (lock) {
        if (::flock(lock->get(), LOCK_SH | LOCK_NB) != 0) return false;
    } else if (lock.error().kind != ErrorKind::not_found) {
        return false;
    }
    // A writer may have finished since the first check.
    return root.exists(record);
}

}  // namespace kmodpp::io
