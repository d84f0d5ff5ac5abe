// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/listing.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.hpp"

namespace kmodpp {

Result<std::vector<std::string>> read_names(const io::Root& root,
                                            const std::string& directory) {
    return root.list(directory);
}

Result<Listing> list_directory(const io::Root& root, const std::string& directory,
                               ReadNames& read_names) {
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
    auto names = read_names(root, directory);
    if (!names) return cannot_open(names.error().code);

    std::ranges::sort(*names);
    Listing listing{status.st_dev, status.st_ino, {}};
    listing.entries.reserve(names->size());
    for (std::string& name : *names) {
        // Relative to the open directory, because its path may refer to another one by
        // now. Entries that have vanished are skipped.
        if (::fstatat(fd->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
            listing.entries.push_back({std::move(name), status});
        else if (errno != ENOENT)
            return fail_errno(
                errno, cat("cannot stat ", root.display(cat(directory, "/", name))));
    }
    return listing;
}

}  // namespace kmodpp
