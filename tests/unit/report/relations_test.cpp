// SPDX-License-Identifier: LGPL-2.1-or-later
// Tests of report/relations.hpp: users of modules, and relations among loaded modules.
#include "report/relations.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "support/module_directory.hpp"

using namespace kmodpp;
using kmodpp::test::ModuleDirectory;
using Direction = RelationsRequest::Direction;

namespace {

using Lines = std::vector<std::string>;

/// "a named loaded, b; a -> b".
std::string shown(const Result<ModuleGraph>& graph) {
    if (!graph) return graph.error().message;
    std::string text;
    for (const ModuleGraph::Node& node : graph->nodes) {
        constexpr std::string_view kKinds[] = {"", " builtin", " missing"};
        text +=
            cat(text.empty() ? "" : ", ", node.name, kKinds[static_cast<int>(node.kind)],
                node.named ? " named" : "", node.loaded ? " loaded" : "");
    }
    for (const ModuleGraph::Edge& edge : graph->edges) {
        constexpr std::string_view kKinds[] = {"", " pre", " post"};
        text += cat("; ", graph->nodes[edge.from].name, " -> ",
                    graph->nodes[edge.to].name, kKinds[static_cast<int>(edge.kind)]);
    }
    return text;
}

/// d needs c, b and a; c needs b and a; b needs a; e needs a; x softly needs c.
class Tree : public ModuleDirectory {
public:
    Tree() {
        dep({"d.ko: c.ko b.ko a.ko", "c.ko: b.ko a.ko", "b.ko: a.ko",
             "a.ko:", "e.ko: a.ko", "x.ko:"});
        index("modules.alias.bin", {{"card:*", "c"}, {"card:1", "e"}});
        index("modules.builtin.bin", {{"unix", ""}});
        config("softdep x pre: c unix\n");
    }

    std::set<std::string, std::less<>> loaded;

    std::string users(const std::vector<std::string>& names) {
        Catalog all = catalog();
        return shown(find_users(
            all, [this](std::string_view name) { return loaded.contains(name); }, names));
    }

    std::string relations(Direction direction, std::vector<std::string> names) {
        // The holders include a module that is not in the list.
        const std::vector<LoadedModule> modules = {
            {.name = "d"},
            {.name = "c", .holders = {"d", "gone"}},
            {.name = "b", .holders = {"c", "d"}},
            {.name = "p", .holders = {"q"}},
            {.name = "q", .holders = {"p"}},
        };
        Catalog all = catalog();
        return shown(find_loaded_relations(
            all, modules,
            {.names = std::move(names), .direction = direction, .loaded = true}));
    }
};

}  // namespace

TEST_CASE("find_users: finds direct and indirect users, and marks the loaded ones") {
    Tree tree;
    tree.loaded = {"b", "x", "e"};
    CHECK(tree.users({"b"}) ==
          "b named loaded, c, d, x loaded; c -> b; d -> c; x -> c pre");
    CHECK(tree.users({"a"}) ==
          "a named, b loaded, e loaded, c, d, x loaded; b -> a; c -> b; d -> c; e -> a; "
          "x -> c pre");
    CHECK(tree.users({"d"}) == "d named");
    CHECK(tree.users({"d", "x"}) == "d named, x named loaded");
}

TEST_CASE("find_users: accepts aliases and builtin modules, and refuses unknown names") {
    Tree tree;
    CHECK(tree.users({"card:1"}) == "c named, e named, d, x; d -> c; x -> c pre");
    CHECK(tree.users({"unix"}) == "unix builtin named, x; x -> unix pre");
    CHECK(tree.users({"a", "nosuch"}) == cat("Module nosuch not found in directory ",
                                             tree.outside("/lib/modules/6.1.0")));
}

TEST_CASE("find_users: returns every module of a dependency cycle") {
    Tree tree;
    tree.dep({"p.ko: q.ko", "q.ko: p.ko"});
    tree.config("");
    CHECK(tree.users({"p"}) == "p named, q; p -> q; q -> p");
}

TEST_CASE("find_loaded_relations: follows the holders of loaded modules") {
    Tree tree;
    CHECK(tree.relations(Direction::users, {"b"}) ==
          "b named loaded, c loaded, d loaded; d -> c; c -> b; d -> b");
    CHECK(tree.relations(Direction::dependencies, {"c"}) ==
          "c named loaded, b loaded; c -> b");
    CHECK(tree.relations(Direction::users, {"p"}) ==
          "p named loaded, q loaded; q -> p; p -> q");
    CHECK(tree.relations(Direction::users, {"d"}) == "d named loaded");
}

TEST_CASE("find_loaded_relations: explains why a name leads to no loaded module") {
    Tree tree;
    CHECK(tree.relations(Direction::users, {"card:1"}) ==
          "c named loaded, d loaded; d -> c");
    CHECK(tree.relations(Direction::users, {"a"}) == "Module a is not loaded.");
    CHECK(tree.relations(Direction::users, {"d", "unix"}) == "Module unix is builtin.");
    CHECK(tree.relations(Direction::users, {"no\nsuch"}) ==
          "Module no\\x0asuch not found.");
}
