// SPDX-License-Identifier: LGPL-2.1-or-later
// What is in one directory of a tree.
#pragma once

#include <sys/stat.h>

#include <string>
#include <vector>

#include "io/root.hpp"

namespace kmodpp {

struct Listing {
    struct Entry {
        std::string name;
        struct stat status;  ///< of a symlink, not of what it leads to
    };
    dev_t device = 0;
    ino_t inode = 0;
    /// By name: the order in which the file system keeps them is to decide nothing.
    std::vector<Entry> entries;
};

/// \param directory within the root, no symlink left in it. Safe from several threads.
[[nodiscard]] Result<Listing> list_directory(const io::Root& root,
                                             const std::string& directory);

}  // namespace kmodpp
