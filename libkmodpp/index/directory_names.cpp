// SPDX-License-Identifier: LGPL-2.1-or-later
#include "index/directory_names.hpp"

#include <boost/filesystem.hpp>

#include <string_view>

#include "base/text.hpp"

namespace fs = boost::filesystem;

namespace kmodpp::index {

Result<std::vector<std::string>> directory_names(const io::Root& root,
                                                 const std::string& directory) {
    std::vector<std::string> names;
    boost::system::error_code failure;
    fs::directory_iterator entry(root.display(directory), failure);
    for (const fs::directory_iterator end; !failure && entry != end;
         entry.increment(failure)) {
        const std::string_view path = entry->path().native();
        names.emplace_back(path.substr(path.rfind('/') + 1));
    }
    if (failure)
        return fail_errno(failure.value(),
                          cat("could not open directory ", root.display(directory)));
    return names;
}

}  // namespace kmodpp::index
