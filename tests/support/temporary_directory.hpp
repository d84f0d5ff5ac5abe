// SPDX-License-Identifier: LGPL-2.1-or-later
// A temporary directory for the duration of a test.
#pragma once

#include <boost/filesystem.hpp>
#include <string>
#include <string_view>

namespace kmodpp::test {

/// Creates a new directory in the system's temporary directory, and removes it with its
/// contents at the end.
class TemporaryDirectory {
public:
    TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory();

    [[nodiscard]] const boost::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::string string() const { return path_.string(); }

    /// Writes or replaces a file in it, and creates the directories of its path.
    void write(std::string_view relative, std::string_view contents) const;
    /// The contents of a file in it; fails the test if the file cannot be read.
    [[nodiscard]] std::string read(std::string_view relative) const;

private:
    boost::filesystem::path path_;
};

}  // namespace kmodpp::test
