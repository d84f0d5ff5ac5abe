// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of cli/device_nodes.hpp.
#include "cli/device_nodes.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace kmodpp;
using cli::NodeFormat;

TEST_CASE("nodes_as_text: prints each format") {
    const std::vector<DeviceNode> nodes = {
        {"snd_timer", "snd/timer", false, 116, 33},
        {"snd_seq", "snd/seq", false, 116, 1},
        {"loop", "loop0", true, 7, 0},
    };
    CHECK(cli::nodes_as_text(nodes, NodeFormat::tmpfiles) ==
          "d /dev/snd 0755 - - -\n"
          "c! /dev/snd/timer 0600 - - - 116:33\n"
          "c! /dev/snd/seq 0600 - - - 116:1\n"
          "b! /dev/loop0 0600 - - - 7:0\n");
    CHECK(cli::nodes_as_text(nodes, NodeFormat::devname) ==
          "snd_timer snd/timer c116:33\nsnd_seq snd/seq c116:1\nloop loop0 b7:0\n");
    CHECK(cli::nodes_as_text({nodes[2]}, NodeFormat::human) ==
          "Module: loop\n\tDevice node: /dev/loop0\n\t\tType: block device\n"
          "\t\tMajor: 7\n\t\tMinor: 0\n");
    CHECK(cli::nodes_as_text({nodes[1]}, NodeFormat::json) == R"([
  {
    "module": "snd_seq",
    "node": "/dev/snd/seq",
    "type": "character",
    "major": 116,
    "minor": 1
  }
]
)");
    CHECK(cli::nodes_as_text({}, NodeFormat::tmpfiles).empty());
    CHECK(cli::nodes_as_text({}, NodeFormat::json) == "[]\n");
}

TEST_CASE("node_format: finds a format by name") {
    CHECK(cli::node_format("tmpfiles") == NodeFormat::tmpfiles);
    CHECK(cli::node_format("json") == NodeFormat::json);
    CHECK(cli::node_format("") == std::nullopt);
    CHECK(cli::node_format("Human") == std::nullopt);
}
