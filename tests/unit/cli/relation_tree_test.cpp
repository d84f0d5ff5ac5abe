// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of cli/relation_tree.hpp: the trees of kmod tree and kmod users.
#include "cli/relation_tree.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace kmodpp;
using cli::Branches;
using cli::relations_as_tree;
using Direction = RelationsRequest::Direction;
using Edge = ModuleGraph::Edge;
using Node = ModuleGraph::Node;

namespace {

ModuleGraph graph_of(std::vector<std::string> names, std::vector<Edge> edges) {
    ModuleGraph graph;
    for (std::string& name : names) graph.nodes.push_back({.name = std::move(name)});
    graph.nodes[0].named = true;
    graph.edges = std::move(edges);
    return graph;
}

/// top needs left and right, which both need base; base needs low.
ModuleGraph diamond() {
    return graph_of({"top", "left", "right", "base", "low"},
                    {{0, 1}, {0, 2}, {1, 3}, {2, 3}, {3, 4}});
}

}  // namespace

TEST_CASE("relations_as_tree: shows a repeated subtree once, in either alphabet") {
    CHECK(
        relations_as_tree(diamond(), Direction::dependencies, Branches::ascii).plain() ==
        "top\n"
        "|-left\n"
        "| `-base\n"
        "|   `-low\n"
        "`-right\n"
        "  `-base (shown above)\n");
    CHECK(relations_as_tree(diamond(), Direction::dependencies, Branches::unicode)
              .plain() ==
          "top\n"
          "├─left\n"
          "│ └─base\n"
          "│   └─low\n"
          "└─right\n"
          "  └─base (shown above)\n");
}

TEST_CASE("relations_as_tree: follows the users of a module") {
    ModuleGraph graph = diamond();
    graph.nodes[0].named = false;
    graph.nodes[3].named = true;
    CHECK(relations_as_tree(graph, Direction::users, Branches::ascii).plain() ==
          "base\n"
          "|-left\n"
          "| `-top\n"
          "`-right\n"
          "  `-top\n");
}

TEST_CASE("relations_as_tree: shows each named module as a root") {
    ModuleGraph graph = diamond();
    graph.nodes[2].named = true;
    CHECK(relations_as_tree(graph, Direction::dependencies, Branches::ascii).plain() ==
          "top\n"
          "|-left\n"
          "| `-base\n"
          "|   `-low\n"
          "`-right\n"
          "  `-base (shown above)\n"
          "right (shown above)\n");
}

TEST_CASE("relations_as_tree: marks states, soft dependencies and cycles") {
    ModuleGraph graph = graph_of({"a", "b", "c", "d"}, {{0, 1}, {1, 0}, {0, 2}, {0, 3}});
    graph.nodes[0].loaded = true;
    graph.nodes[2].kind = Node::Kind::builtin;
    graph.nodes[3].kind = Node::Kind::missing;
    graph.edges[2].kind = Edge::Kind::pre_softdep;
    graph.edges[3].kind = Edge::Kind::post_softdep;
    CHECK(relations_as_tree(graph, Direction::dependencies, Branches::ascii).plain() ==
          "a (loaded)\n"
          "|-b\n"
          "| `-a (loaded, cycle)\n"
          "|-c (softdep pre, builtin)\n"
          "`-d (softdep post, not found)\n");
}

TEST_CASE("relations_as_tree: the output for a long chain is linear in its length") {
    constexpr std::size_t kModules = 2000;
    std::vector<std::string> names;
    std::vector<Edge> edges;
    for (std::size_t i = 0; i < kModules; ++i) {
        names.push_back("m" + std::to_string(i));
        if (i > 0) edges.push_back({i - 1, i});
    }
    const std::string text =
        relations_as_tree(graph_of(std::move(names), std::move(edges)),
                          Direction::dependencies, Branches::ascii)
            .plain();
    CHECK(text.size() < kModules * 120);
    CHECK(text.contains("`-m40 (continued below)\nm40\n`-m41\n"));
    CHECK(text.contains("-m1999\n"));
}

TEST_CASE("relations_as_tree: prints nothing if no module was named") {
    CHECK(relations_as_tree({}, Direction::users, Branches::ascii).plain().empty());
}
