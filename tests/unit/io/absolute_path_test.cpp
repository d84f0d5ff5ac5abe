// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of io/absolute_path.hpp.
#include "io/absolute_path.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>

#include "support/temporary_directory.hpp"

using namespace kmodpp;
using kmodpp::test::TemporaryDirectory;

namespace {

/// Changes the current directory, and back when destroyed.
class Inside {
public:
    explicit Inside(const std::string& directory)
        : before_(boost::filesystem::current_path().string()) {
        REQUIRE(::chdir(directory.c_str()) == 0);
    }
    Inside(const Inside&) = delete;
    ~Inside() { CHECK(::chdir(before_.c_str()) == 0); }

private:
    std::string before_;
};

}  // namespace

TEST_CASE("absolute_path: appends a relative path to the current directory") {
    const TemporaryDirectory here;
    const Inside inside(here.string());
    CHECK(io::absolute_path("a.ko") == here.string() + "/a.ko");
    CHECK(io::absolute_path("./a/../b.ko") == here.string() + "/./a/../b.ko");
    CHECK(io::absolute_path("") == here.string());
    CHECK(io::absolute_path("/a/./b") == "/a/./b");
    CHECK(io::absolute_paths({"x", "/y", ""}) ==
          std::vector<std::string>{here.string() + "/x", "/y", ""});
}

TEST_CASE("absolute_path: returns the path unchanged if the current directory is gone") {
    const TemporaryDirectory parent;
    const std::string gone = parent.string() + "/gone";
    boost::filesystem::create_directory(gone);
    const Inside inside(gone);
    REQUIRE(::rmdir(gone.c_str()) == 0);
    CHECK(io::absolute_path("a.ko") == "a.ko");
    CHECK(io::absolute_path("/a.ko") == "/a.ko");
}
