// SPDX-License-Identifier: LGPL-2.1-or-later
// Lists one directory of a module tree.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "io/root.hpp"

namespace kmodpp {

/// The entries of a directory and their attributes.
struct Listing {
    struct Entry {
        std::string name;
        struct stat status;  ///< of the entry itself, not of the target of a symlink
    };
    dev_t device = 0;
    ino_t inode = 0;
    /// Sorted by name, so that results do not depend on the order of the file system.
    std::vector<Entry> entries;
};

/// Reads the names in a directory, in any order.
/// \param directory within the root, without symlinks in its path
using ReadNames = Result<std::vector<std::string>>(const io::Root& root,
                                                   const std::string& directory);

/// Lists the entries that `read_names` returns. Safe from several threads.
[[nodiscard]] Result<Listing> list_directory(const io::Root& root,
                                             const std::string& directory,
                                             ReadNames& read_names);

/// Reads the names with readdir(3).
[[nodiscard]] Result<std::vector<std::string>> read_names(const io::Root& root,
                                                          const std::string& directory);

}  // namespace kmodpp
