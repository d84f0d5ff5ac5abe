// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/listing.hpp"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "base/text.hpp"

namespace kmodpp {

Result<Listing> list_directory(const io::Root& root, const std::string& directory) {
    const auto cannot_open = [&](int code) {
        return fail(kind_of_errno(code),
                    cat("could not open directory ", root.display(directory), ": ",
                        root.reason(code, directory)),
                    code);
    };
    const auto fd = root.open_file(directory, O_PATH | O_DIRECTORY);
    if (!fd) return cannot_open(fd.error().code);
    struct stat status {};
    if (::fstat(fd->get(), &status) != 0) return cannot_open(errno);
    auto names = root.list(directory);
    if (!names) return cannot_open(names.error().code);

    Listing listing{status.st_dev, status.st_ino, {}};
    listing.entries.reserve(names->size());
    for (std::string& name : *names) {
        // Of the directory that was opened, whatever its path may lead to by now. What
        // has vanished meanwhile is not there.
        if (::fstatat(fd->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
            listing.entries.push_back({std::move(name), status});
        else if (errno != ENOENT)
            return fail_errno(
                errno, cat("cannot stat ", root.display(cat(directory, "/", name))));
    }
    return listing;
}

}  // namespace kmodpp
