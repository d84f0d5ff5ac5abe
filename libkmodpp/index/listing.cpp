// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/listing.hpp"

#include <fcntl.h>

#include <algorithm>
#include <boost/filesystem.hpp>
#include <cerrno>

#include "base/text.hpp"

namespace fs = boost::filesystem;

namespace kmodpp::index {

Result<Listing> list_directory(const io::Root& root, const std::string& directory) {
    const auto cannot_open = [&](int code) {
        return fail_errno(code,
                          cat("could not open directory ", root.display(directory)));
    };
    const auto fd = root.open_file(directory, O_PATH | O_DIRECTORY);
    if (!fd) return cannot_open(fd.error().code);
    struct stat status {};
    if (::fstat(fd->get(), &status) != 0) return cannot_open(errno);

    Listing listing{status.st_dev, status.st_ino, {}};
    boost::system::error_code failure;
    fs::directory_iterator entry(root.display(directory), failure);
    for (const fs::directory_iterator end; !failure && entry != end;
         entry.increment(failure)) {
        std::string name = entry->path().filename().string();
        // Of the directory that was opened beneath the root, whatever its path may lead
        // to by now. What has vanished meanwhile is not there.
        if (::fstatat(fd->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
            listing.entries.push_back({std::move(name), status});
        else if (errno != ENOENT)
            return fail_errno(
                errno, cat("cannot stat ", root.display(cat(directory, "/", name))));
    }
    if (failure) return cannot_open(failure.value());
    std::ranges::sort(listing.entries, {}, &Listing::Entry::name);
    return listing;
}

}  // namespace kmodpp::index
