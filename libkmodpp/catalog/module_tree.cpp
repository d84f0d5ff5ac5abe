// SPDX-License-Identifier: LGPL-2.1-or-later
#include "catalog/module_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"

namespace kmodpp {

Result<std::vector<std::string>> list_module_files(const io::Root& root,
                                                   std::string_view directory) {
    std::vector<std::string> found;
    std::vector<std::string> pending = {std::string(directory)};
    while (!pending.empty()) {
        const std::string place = std::exchange(pending.back(), {});
        pending.pop_back();
        TRY_ASSIGN(const io::Fd fd, root.open_file(place, O_PATH | O_DIRECTORY));
        TRY_ASSIGN(const std::vector<std::string> names, root.list(place));
        for (const std::string& name : names) {
            std::string path = cat(place, "/", name);
            const bool is_module = !module_suffix(name).empty();
            struct stat status {};
            // What has vanished meanwhile is not there.
            if (::fstatat(fd.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
                continue;
            if (S_ISDIR(status.st_mode))
                pending.push_back(std::move(path));
            else if (is_module)
                found.push_back(std::move(path));
        }
    }
    std::ranges::sort(found);
    return found;
}

}  // namespace kmodpp
