// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of plan/graph.hpp: dependencies, soft dependencies, blacklists and commands.
#include "plan/graph.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "support/module_directory.hpp"

using namespace kmodpp;
using kmodpp::test::ModuleDirectory;

namespace {

using Lines = std::vector<std::string>;

/// d needs c, b and a; c needs b and a; b needs a. x and y have no dependencies.
class GraphTree : public ModuleDirectory {
public:
    explicit GraphTree(std::string_view text = "") {
        dep({"d.ko: c.ko b.ko a.ko", "c.ko: b.ko a.ko", "b.ko: a.ko",
             "a.ko:", "x.ko:", "y.ko:"});
        index("modules.builtin.bin", {{"unix", ""}});
        index("modules.builtin.alias.bin", {{"net_pf_1", "unix2"}});
        index("modules.alias.bin", {{"card:*", "x"}, {"card:1", "y"}});
        config(text);
    }

    std::set<std::string, std::less<>> loaded;

    Result<ModuleGraph> draw(const std::vector<std::string>& names) {
        Catalog all = catalog();
        return draw_graph(
            all, [this](std::string_view name) { return loaded.contains(name); }, names);
    }
    ModuleGraph graph(const std::vector<std::string>& names) {
        auto drawn = draw(names);
        REQUIRE(drawn.has_value());
        return *std::move(drawn);
    }
    /// "a -> b", followed by "pre" or "post" for a soft dependency.
    Lines edges(const std::vector<std::string>& names) {
        const ModuleGraph drawn = graph(names);
        Lines lines;
        for (const ModuleGraph::Edge& edge : drawn.edges) {
            constexpr std::string_view kKinds[] = {"", " pre", " post"};
            lines.push_back(cat(drawn.nodes[edge.from].name, " -> ",
                                drawn.nodes[edge.to].name,
                                kKinds[static_cast<int>(edge.kind)]));
        }
        return lines;
    }
    /// Names with the properties of their nodes.
    Lines nodes(const std::vector<std::string>& names) {
        const ModuleGraph drawn = graph(names);
        Lines lines;
        for (const ModuleGraph::Node& node : drawn.nodes) {
            constexpr std::string_view kKinds[] = {"", " builtin", " missing"};
            lines.push_back(cat(node.name, kKinds[static_cast<int>(node.kind)],
                                node.named ? " named" : "", node.loaded ? " loaded" : "",
                                node.blacklist.empty() ? "" : " blacklisted",
                                node.forbid.empty() ? "" : " forbidden",
                                node.install.empty() ? "" : " installed"));
        }
        return lines;
    }
};

}  // namespace

TEST_CASE("draw_graph: shows only direct dependencies") {
    GraphTree tree;
    CHECK(tree.edges({"d"}) == Lines{"d -> c", "c -> b", "b -> a"});
    CHECK(tree.nodes({"d"}) == Lines{"d named", "c", "b", "a"});
    CHECK(tree.graph({"d"}).nodes[3].path == tree.outside("/lib/modules/6.1.0/a.ko"));
    CHECK(tree.edges({"x"}) == Lines{});
    // The order of names on the line does not matter.
    tree.dep({"d.ko: a.ko b.ko c.ko e.ko", "c.ko: a.ko b.ko", "b.ko: a.ko",
              "a.ko:", "e.ko: a.ko"});
    CHECK(tree.edges({"d"}) == Lines{"d -> c", "d -> e", "b -> a", "c -> b", "e -> a"});
}

TEST_CASE("draw_graph: shows every edge of a dependency cycle") {
    GraphTree tree;
    tree.dep({"p.ko: q.ko r.ko s.ko", "q.ko: p.ko r.ko s.ko", "r.ko: p.ko q.ko s.ko",
              "s.ko: s.ko"});
    CHECK(tree.edges({"p"}) == Lines{"p -> q", "p -> r", "p -> s", "q -> p", "q -> r",
                                     "q -> s", "r -> p", "r -> q", "r -> s"});
}

TEST_CASE("draw_graph: shows soft dependencies of all modules, including cycles") {
    GraphTree tree(
        "softdep d pre: card:1 post: unix\nsoftdep a pre: x\nsoftdep x post: d none\n"
        "softdep card:2 pre: b\nsoftdep a pre: x post: x\n");
    CHECK(tree.edges({"d"}) == Lines{"d -> c", "c -> b", "b -> a", "d -> x pre",
                                     "d -> y pre", "d -> unix post", "a -> x pre",
                                     "a -> x post", "x -> d post", "x -> none post"});
    CHECK(tree.nodes({"d"}) ==
          Lines{"d named", "c", "b", "a", "x", "y", "unix builtin", "none missing"});
    CHECK(tree.graph({"d"}).edges[3].origin.describe() ==
          cat(tree.outside("/etc/modprobe.d/test.conf"), " line 1"));
    // The softdep lines of an alias apply even if the module was found before.
    CHECK(tree.edges({"x", "card:2"}) ==
          Lines{"d -> c", "b -> a", "c -> b", "x -> d post", "x -> none post",
                "x -> b pre", "d -> x pre", "d -> y pre", "d -> unix post", "a -> x pre",
                "a -> x post"});
}

TEST_CASE(
    "draw_graph: marks forbidden modules, without the install line that repeats it") {
    GraphTree tree("forbid a why\ninstall a /bin/false\ninstall b /bin/false\n");
    CHECK(tree.nodes({"b"}) == Lines{"b named installed", "a forbidden"});
    CHECK(tree.graph({"b"}).nodes[1].forbid.line == 1);
}

TEST_CASE("draw_graph: marks loaded, built-in, blacklisted, blocked, missing modules") {
    GraphTree tree(
        "blacklist a\ninstall b* /bin/false\nsoftdep x pre: unix gone net-pf-1\n"
        "install only-here true\nalias ghost nowhere\n");
    tree.loaded = {"c", "unix"};
    CHECK(tree.nodes({"c"}) == Lines{"c named loaded", "b installed", "a blacklisted"});
    CHECK(tree.nodes({"x"}) ==
          Lines{"x named", "unix builtin", "gone missing", "unix2 builtin"});
    CHECK(tree.nodes({"only-here", "ghost", "unix"}) ==
          Lines{"only_here missing named installed", "nowhere missing named",
                "unix builtin named"});
    const ModuleGraph drawn = tree.graph({"b"});
    CHECK(drawn.nodes[0].install == "/bin/false");
    CHECK(drawn.nodes[0].install_origin.line == 2);
    CHECK(drawn.nodes[1].blacklist.line == 1);
}

TEST_CASE("draw_graph: accepts the names of a load, or returns an error") {
    GraphTree tree;
    tree.files().write("opt/b.ko.xz", "");
    tree.files().write("opt/new.ko", "");
    const ModuleGraph drawn =
        tree.graph({tree.outside("/opt/b.ko.xz"), tree.outside("/opt/new.ko")});
    CHECK(drawn.nodes[0].path == tree.outside("/opt/b.ko.xz"));
    CHECK(drawn.nodes[1].name == "new");
    CHECK(drawn.nodes[1].kind == ModuleGraph::Node::Kind::file);
    CHECK(tree.edges({tree.outside("/opt/b.ko.xz")}) == Lines{"b -> a"});
    CHECK(tree.nodes({"card:1", "x"}) == Lines{"x named", "y named"});
    for (const std::string name : {"nosuch", "/nowhere/x.ko"}) {
        const auto missing = tree.draw({"x", name});
        REQUIRE_FALSE(missing.has_value());
        CHECK(missing.error().kind == ErrorKind::not_found);
        CHECK(missing.error().message.contains(cat("Module ", name, " not found")));
    }
}

TEST_CASE("draw_graph: handles dense and deep dependencies in bounded time") {
    constexpr int kCount = 1000;
    std::string text, all;
    for (int i = 0; i < kCount; ++i) all += cat(" m", i);
    std::vector<std::string> dep;
    for (int i = 0; i < kCount; ++i) {
        text += cat("softdep m", i, " pre:", all, "\n");
        dep.push_back(cat("m", i, ".ko:"));
        for (int below = i - 1; below >= 0; --below)
            dep.back() += cat(" m", below, ".ko");
    }
    GraphTree tree(text);
    tree.dep(dep);
    const ModuleGraph drawn = tree.graph({"m999"});
    CHECK(drawn.nodes.size() == kCount);
    // A chain of direct dependencies, and all soft dependencies.
    CHECK(drawn.edges.size() == kCount - 1 + kCount * kCount);
}
