// SPDX-License-Identifier: LGPL-2.1-or-later
// The directories that hold the state of the simulated kernel.
#include "simulated/state_directory.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>

#include "support/temporary_directory.hpp"

using namespace kmodpp;
using kmodpp::kernel::StateDirectory;
using kmodpp::test::TemporaryDirectory;

TEST_CASE("StateDirectory: removes a directory with its contents") {
    const TemporaryDirectory files;
    files.write("sys/module/m/parameters/x", "1\n");
    const auto root = io::Root::open(files.string()).value();
    const auto modules = StateDirectory::open(root, "/sys/module").value();
    CHECK(modules.discard("m").has_value());
    CHECK(modules.list().value().empty());
    CHECK(modules.remove("m").has_value());
}

TEST_CASE("StateDirectory: refuses to remove directories nested deeper than its own") {
    const TemporaryDirectory files;
    std::string deep = "sys/module/m/";
    for (int level = 0; level < 100; ++level) deep += "d/";
    files.write(deep + "x", "");
    const auto root = io::Root::open(files.string()).value();
    const auto removed = StateDirectory::open(root, "/sys/module").value().remove("m");
    REQUIRE_FALSE(removed.has_value());
    CHECK(removed.error().code == ELOOP);
}
