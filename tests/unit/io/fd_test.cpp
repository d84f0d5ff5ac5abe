// SPDX-License-Identifier: LGPL-2.1-or-later
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string>
#include <string_view>

#include "io/fd.hpp"
#include "support/driverless_device.hpp"
#include "support/temporary_directory.hpp"

using namespace kmodpp;

TEST_CASE("open_regular: opens regular files only, and nothing else to find that out") {
    const struct {
        std::string_view what;
        std::function<int(const std::string&)> make;
        int code;
    } cases[] = {
        {"nothing", [](const auto&) { return 0; }, ENOENT},
        {"a link to a file",
         [](const auto& path) { return ::symlink("file", path.c_str()); }, ELOOP},
        {"a dangling link",
         [](const auto& path) { return ::symlink("none", path.c_str()); }, ELOOP},
        {"a FIFO", [](const auto& path) { return ::mkfifo(path.c_str(), 0600); }, EINVAL},
        {"a directory", [](const auto& path) { return ::mkdir(path.c_str(), 0700); },
         EINVAL},
        {"a socket",
         [](const auto& path) { return ::mknod(path.c_str(), S_IFSOCK | 0600, 0); },
         EINVAL},
        {"a device", test::make_driverless_device, EINVAL},
    };
    for (const auto& [what, make, code] : cases) {
        CAPTURE(what);
        const test::TemporaryDirectory directory;
        directory.write("file", "text");
        REQUIRE(make(directory.string() + "/subject") == 0);
        const auto place = io::open_at(AT_FDCWD, directory.string().c_str(),
                                       O_RDONLY | O_DIRECTORY);
        REQUIRE(place);
        for (const int flags : {O_RDONLY, O_RDWR}) {
            const auto fd = io::open_regular(place->get(), "subject", flags);
            REQUIRE_FALSE(fd);
            CHECK(fd.error() == code);
        }
        const auto file = io::open_regular(place->get(), "file", O_RDWR);
        REQUIRE(file);
        CHECK(::write(file->get(), "more", 4) == 4);
        CHECK((::fcntl(file->get(), F_GETFD) & FD_CLOEXEC) != 0);
        CHECK(directory.read("file") == "more");
    }
}
