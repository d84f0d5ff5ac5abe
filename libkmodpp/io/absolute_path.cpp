// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/absolute_path.hpp"

#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "base/text.hpp"

namespace kmodpp::io {

std::string absolute_path(std::string_view path) {
    if (path.starts_with('/')) return std::string(path);
    const std::unique_ptr<char, decltype(&std::free)> here(::getcwd(nullptr, 0),
                                                           &std::free);
    if (!here) return std::string(path);
    if (path.empty()) return here.get();
    return cat(std::string_view(here.get()), "/", path);
}

std::vector<std::string> absolute_paths(const std::vector<std::string>& paths) {
    std::vector<std::string> absolute;
    for (const std::string& path : paths)
        absolute.push_back(path.empty() ? path : absolute_path(path));
    return absolute;
}

}  // namespace kmodpp::io
