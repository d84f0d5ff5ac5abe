// SPDX-License-Identifier: LGPL-2.1-or-later
// Decides which users may write the configuration that a privileged process uses.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/root.hpp"

namespace kmodpp {

/// The users and groups that are trusted like root. A configuration line can load any
/// module and run any command, so every user who can write such a file effectively has
/// root privileges. Plain data; safe for several threads.
struct ConfigWriters {
    /// False: this process has no privileges beyond those of the files' owners, so
    /// nothing is checked.
    bool checked = true;
    std::vector<uid_t> users = {0};
    std::vector<gid_t> groups = {0};

    /// For files in a root directory: trusts root, and the owner and group of the root
    /// directory itself, who can replace everything in it anyway. This allows root to
    /// work on the tree of a build user, and works in a user namespace, where the real
    /// root appears as the overflow user (65534). Without privileges, nothing is
    /// checked.
    [[nodiscard]] static ConfigWriters of(const io::Root& root);

    /// For a path named by the user: also trusts its owner and group. Files that
    /// everyone may write are still refused.
    [[nodiscard]] ConfigWriters with_named(const struct stat& named) const;

    /// Why a file or directory is not trusted, and how to fix it; nullopt: it is
    /// trusted.
    /// \param path the path as displayed
    [[nodiscard]] std::optional<std::string> objection(const struct stat& status,
                                                       std::string_view path) const;
};

}  // namespace kmodpp
