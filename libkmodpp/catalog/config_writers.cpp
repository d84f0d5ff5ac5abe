// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/config_writers.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/environment.hpp"
#include "base/text.hpp"

namespace kmodpp {

namespace {

bool holds(const auto& list, auto value) {
    return std::ranges::find(list, value) != list.end();
}

}  // namespace

ConfigWriters ConfigWriters::of(const io::Root& root) {
    ConfigWriters writers;
    writers.checked = ::geteuid() == 0 || has_rights_of_its_own();
    if (!writers.checked) return writers;
    const auto status = root.stat("/");
    return status ? writers.with_named(*status) : writers;
}

ConfigWriters ConfigWriters::with_named(const struct stat& named) const {
    ConfigWriters writers = *this;
    // The user who named the file is less privileged than this process.
    if (has_rights_of_its_own()) return writers;
    writers.users.push_back(named.st_uid);
    writers.groups.push_back(named.st_gid);
    return writers;
}

std::optional<std::string> ConfigWriters::objection(const struct stat& status,
                                                    std::string_view path) const {
    if (!checked) return std::nullopt;
    const auto refuse = [path](std::string_view why, std::string_view remedy) {
        return cat(path, ": ignored: ", why, "; to use it, run '", remedy, ' ', path,
                   "'");
    };
    if ((status.st_mode & S_IWOTH) != 0)
        return refuse("everyone may write to it", "chmod o-w");
    if (!holds(users, status.st_uid))
        return refuse(cat("it is owned by user ", status.st_uid, ", not by root"),
                      "chown root");
    if ((status.st_mode & S_IWGRP) != 0 && !holds(groups, status.st_gid))
        return refuse(cat("group ", status.st_gid, " may write to it"), "chmod g-w");
    return std::nullopt;
}

}  // namespace kmodpp
