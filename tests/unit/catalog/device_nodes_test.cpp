// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of catalog/device_nodes.hpp.
#include "catalog/device_nodes.hpp"

#include <doctest/doctest.h>

#include "support/module_directory.hpp"

using namespace kmodpp;
using kmodpp::test::MessageLog;
using kmodpp::test::ModuleDirectory;

TEST_CASE("read_device_nodes: warns about a refused line with its line number") {
    ModuleDirectory modules;
    modules.file("modules.devname", "fuse fuse c10:229\nevil ../x c1:1\n");
    MessageLog log;
    const auto nodes = read_device_nodes(modules.root(), "/lib/modules/6.1.0", log);
    REQUIRE(nodes.has_value());
    REQUIRE(nodes->nodes.size() == 1);
    CHECK(nodes->nodes[0].path == "fuse");
    CHECK(nodes->refused == 1);
    REQUIRE(log.lines().size() == 1);
    CHECK(log.lines()[0].starts_with(
        "warning: " + modules.outside("/lib/modules/6.1.0/modules.devname: line 2: ")));
}

TEST_CASE("read_device_nodes: refuses a missing, special or oversized file") {
    ModuleDirectory modules;
    MessageLog log;
    const auto read = [&] {
        return read_device_nodes(modules.root(), "/lib/modules/6.1.0", log);
    };
    REQUIRE_FALSE(read().has_value());
    CHECK(read().error().kind == ErrorKind::not_found);
    modules.file("modules.devname/x", "");
    REQUIRE_FALSE(read().has_value());
    CHECK(read().error().message.contains("not a regular file"));
    ModuleDirectory large;
    large.file("modules.devname", std::string((1u << 20) + 1, '#'));
    const auto refused = read_device_nodes(large.root(), "/lib/modules/6.1.0", log);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message.contains("larger than"));
}
