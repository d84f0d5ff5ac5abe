// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of catalog/config_writers.hpp.
#include "catalog/config_writers.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace kmodpp;

namespace {

struct stat file_of(uid_t user, gid_t group, mode_t mode) {
    struct stat status {};
    status.st_uid = user;
    status.st_gid = group;
    status.st_mode = S_IFREG | mode;
    return status;
}

}  // namespace

TEST_CASE(
    "ConfigWriters: refuses files that another user may write, and names the remedy") {
    struct Row {
        const char* name;
        uid_t user;
        gid_t group;
        mode_t mode;
        const char* objection;
    };
    constexpr Row kRows[] = {
        {"root's", 0, 0, 0644, ""},
        {"owned by root, readable by a group", 0, 1000, 0640, ""},
        {"writable by the group of root", 0, 0, 0664, ""},
        {"writable by a group", 0, 1000, 0664,
         "/x.conf: ignored: group 1000 may write to it; to use it, run 'chmod g-w "
         "/x.conf'"},
        {"writable by everyone", 0, 0, 0646,
         "/x.conf: ignored: everyone may write to it; to use it, run 'chmod o-w "
         "/x.conf'"},
        {"owned by another user", 1000, 0, 0600,
         "/x.conf: ignored: it is owned by user 1000, not by root; to use it, run '"
         "chown root /x.conf'"},
        // The owner could make the file writable.
        {"owned by another user, read-only", 1000, 0, 0444,
         "/x.conf: ignored: it is owned by user 1000, not by root; to use it, run '"
         "chown root /x.conf'"},
        {"owned by the owner of the root directory", 500, 0, 0644, ""},
        {"writable by the group of the root directory", 500, 501, 0664, ""},
        {"of the owner of the root directory, writable by everyone", 500, 501, 0666,
         "/x.conf: ignored: everyone may write to it; to use it, run 'chmod o-w "
         "/x.conf'"},
    };
    const ConfigWriters writers = ConfigWriters().with_named(file_of(500, 501, 0755));
    for (const Row& row : kRows) {
        CAPTURE(row.name);
        const auto status = file_of(row.user, row.group, row.mode);
        CHECK(writers.objection(status, "/x.conf").value_or("") == row.objection);
    }
}

TEST_CASE("ConfigWriters: accepts every file in an unprivileged process") {
    const ConfigWriters writers{.checked = false};
    CHECK_FALSE(writers.objection(file_of(1000, 1000, 0666), "/x.conf"));
}

TEST_CASE("ConfigWriters: does not trust the owner of one tree in another") {
    const ConfigWriters none;
    const ConfigWriters own = none.with_named(file_of(500, 501, 0755));
    CHECK(none.objection(file_of(500, 501, 0644), "/x.conf"));
    CHECK_FALSE(own.objection(file_of(500, 501, 0644), "/x.conf"));
}
