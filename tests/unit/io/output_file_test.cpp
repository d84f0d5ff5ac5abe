// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of io/output_file.hpp: files whose names are given on the command line.
#include "io/output_file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "io/fd.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;
using kmodpp::test::TemporaryDirectory;

TEST_CASE(
    "write_output_file: creates directories, replaces the file, leaves no temporary") {
    TemporaryDirectory directory;
    const std::string path = directory.string() + "/a/b/file";
    REQUIRE(write_output_file(path, "one\n").has_value());
    CHECK(directory.read("a/b/file") == "one\n");
    struct stat before {
    }, after{};
    REQUIRE(::stat(path.c_str(), &before) == 0);
    CHECK((before.st_mode & 0777) == 0644);
    REQUIRE(write_output_file(path, "two\n").has_value());
    CHECK(directory.read("a/b/file") == "two\n");
    REQUIRE(::stat(path.c_str(), &after) == 0);
    CHECK(before.st_ino != after.st_ino);
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(directory.string() + "/a/b"))
        ++files;
    CHECK(files == 1);
}

TEST_CASE("write_output_file: writes through a symlink and into a pipe") {
    TemporaryDirectory directory;
    directory.write("real", "a longer text than the new one");
    const std::string link = directory.string() + "/link";
    REQUIRE(::symlink("real", link.c_str()) == 0);
    REQUIRE(write_output_file(link, "short").has_value());
    CHECK(directory.read("real") == "short");
    CHECK(std::filesystem::is_symlink(link));

    const std::string fifo = directory.string() + "/fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const io::Fd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    REQUIRE(write_output_file(fifo, "through").has_value());
    char text[16] = {};
    CHECK(::read(reader.get(), text, sizeof text) == 7);
    CHECK(std::string(text) == "through");
}

TEST_CASE("write_output_file: errors name the path that cannot be written") {
    TemporaryDirectory directory;
    directory.write("file", "");
    const std::string fifo = directory.string() + "/fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const struct {
        std::string path;
        int code;
        std::string named;
    } rows[] = {
        {"", ENOENT, "''"},
        {directory.string(), EISDIR, directory.string()},
        {directory.string() + "/file/x", ENOTDIR, directory.string() + "/file"},
        {"/dev/full", ENOSPC, "/dev/full"},
        {fifo, ENXIO, fifo},  // without a reader
    };
    for (const auto& row : rows) {
        CAPTURE(row.path);
        const auto written = write_output_file(row.path, "text");
        REQUIRE_FALSE(written.has_value());
        CHECK(written.error().code == row.code);
        CHECK(written.error().message.contains(row.named));
    }
}
