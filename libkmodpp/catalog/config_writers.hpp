// SPDX-License-Identifier: LGPL-2.1-or-later
// Who may write the configuration that a privileged run obeys.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/root.hpp"

namespace kmodpp {

/// The users and groups whose word counts as that of root. A line of configuration loads
/// any module and runs any command, so whoever can write a file of it is root, as soon as
/// root reads it. Plain data; safe for several threads.
struct ConfigWriters {
    /// False: whoever runs this has no more rights than the files' owners could use
    /// themselves, and nothing is asked.
    bool checked = true;
    std::vector<uid_t> users = {0};
    std::vector<gid_t> groups = {0};

    /// Of this process, for the files beneath a root: root, and the owner and the group
    /// of the root directory itself, who can replace everything in it anyway. That makes
    /// a tree of a builder's one that root may work on, and holds in a user namespace,
    /// where the true root has the number of nobody. Not checked without privileges.
    [[nodiscard]] static ConfigWriters of(const io::Root& root);

    /// For a path that a person has named: its owner and its group as well. What everyone
    /// may write remains out of the question.
    [[nodiscard]] ConfigWriters with_named(const struct stat& named) const;

    /// What speaks against a file or directory, and what would help; nullopt: nothing.
    /// \param path for people
    [[nodiscard]] std::optional<std::string> objection(const struct stat& status,
                                                       std::string_view path) const;
};

}  // namespace kmodpp
