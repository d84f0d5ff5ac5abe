// SPDX-License-Identifier: LGPL-2.1-or-later
// A temporary directory for sets of files, and a view of its contents.
#pragma once

#include <boost/filesystem.hpp>
#include <map>
#include <string>
#include <string_view>

#include "io/directory_lock.hpp"
#include "support/temporary_directory.hpp"

namespace kmodpp::test {

/// File names and contents, including hidden files.
using Contents = std::map<std::string, std::string>;

class SetDirectory {
public:
    SetDirectory() { boost::filesystem::create_directory(path()); }

    /// The root directory; the files are in its directory /set.
    [[nodiscard]] std::string root() const { return directory_.string(); }
    [[nodiscard]] std::string path() const { return root() + "/set"; }
    void write(const std::string& name, std::string_view contents) const {
        directory_.write("set/" + name, contents);
    }
    [[nodiscard]] std::string read(const std::string& name) const {
        return directory_.read("set/" + name);
    }
    /// All files except the lock file, which writers create and remove.
    [[nodiscard]] Contents contents() const {
        Contents found;
        for (const auto& entry : boost::filesystem::directory_iterator(path())) {
            const std::string name = entry.path().filename().string();
            if (name == io::kLockFile) continue;
            found[name] = boost::filesystem::is_directory(entry.path()) ? "(directory)"
                                                                        : read(name);
        }
        return found;
    }

private:
    TemporaryDirectory directory_;
};

}  // namespace kmodpp::test
