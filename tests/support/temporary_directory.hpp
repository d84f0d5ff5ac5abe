// SPDX-License-Identifier: LGPL-2.1-or-later
// A directory that lives as long as its test.
#pragma once

#include <boost/filesystem.hpp>
#include <string>
#include <string_view>

namespace kmodpp::test {

/// Creates a fresh directory beneath the system's temporary directory; removes it with
/// all that it holds.
class TemporaryDirectory {
public:
    TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory();

    [[nodiscard]] const boost::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::string string() const { return path_.string(); }

    /// Writes a file beneath it, directories included; replaces what is there.
    void write(std::string_view relative, std::string_view contents) const;
    /// The contents of a file beneath it; fails the test when it cannot be read.
    [[nodiscard]] std::string read(std::string_view relative) const;

private:
    boost::filesystem::path path_;
};

}  // namespace kmodpp::test
