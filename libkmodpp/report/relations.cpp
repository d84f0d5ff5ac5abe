// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/relations.hpp"

#include <cerrno>
#include <unordered_map>
#include <utility>

#include "base/names.hpp"
#include "base/text.hpp"
#include "plan/graph.hpp"

namespace kmodpp {

namespace {

using Node = ModuleGraph::Node;
using Edge = ModuleGraph::Edge;
using Direction = RelationsRequest::Direction;

/// The named nodes of a graph and all nodes that can be reached from them, with the
/// edges among these.
ModuleGraph reachable_part(ModuleGraph whole, Direction direction) {
    constexpr std::size_t kNone = -1;
    const auto start = direction == Direction::users ? &Edge::to : &Edge::from;
    const auto end = direction == Direction::users ? &Edge::from : &Edge::to;
    std::vector<std::vector<std::size_t>> next(whole.nodes.size());
    for (const Edge& edge : whole.edges) next[edge.*start].push_back(edge.*end);

    ModuleGraph part;
    std::vector<std::size_t> numbers(whole.nodes.size(), kNone);
    std::vector<std::size_t> found;
    const auto add = [&](std::size_t node) {
        if (numbers[node] != kNone) return;
        numbers[node] = found.size();
        found.push_back(node);
    };
    for (std::size_t node = 0; node < whole.nodes.size(); ++node)
        if (whole.nodes[node].named) add(node);
    for (std::size_t i = 0; i < found.size(); ++i)
        for (const std::size_t node : next[found[i]]) add(node);

    for (const std::size_t node : found)
        part.nodes.push_back(std::move(whole.nodes[node]));
    for (Edge& edge : whole.edges) {
        // The other end was then reached, too.
        if (numbers[edge.*start] == kNone) continue;
        edge.from = numbers[edge.from];
        edge.to = numbers[edge.to];
        part.edges.push_back(std::move(edge));
    }
    return part;
}

/// Finds the nodes of loaded modules by name or alias.
class LoadedNames {
public:
    LoadedNames(Catalog& catalog, const std::vector<LoadedModule>& modules)
        : catalog_(catalog) {
        for (std::size_t i = 0; i < modules.size(); ++i)
            numbers_.emplace(modules[i].name, i);
    }

    [[nodiscard]] const std::size_t* find(std::string_view name) const {
        const auto at = numbers_.find(name);
        return at == numbers_.end() ? nullptr : &at->second;
    }

    /// All loaded modules that a name given by the user leads to; never empty.
    Result<std::vector<std::size_t>> look_up(std::string_view name) {
        if (const auto* const number = find(normalise_module_name(name)))
            return std::vector{*number};
        TRY_ASSIGN(const auto modules, kmodpp::look_up(catalog_, name));
        std::vector<std::size_t> loaded;
        bool builtin = false;
        for (const NamedModule& module : modules) {
            if (const auto* const number = find(module.name)) loaded.push_back(*number);
            TRY_ASSIGN(const bool is_part, is_builtin(catalog_, module));
            builtin |= is_part;
        }
        if (!loaded.empty()) return loaded;
        const std::string_view reason = builtin           ? " is builtin."
                                        : modules.empty() ? " not found."
                                                          : " is not loaded.";
        return fail(ErrorKind::not_found, cat("Module ", printable(name), reason),
                    ENOENT);
    }

private:
    Catalog& catalog_;
    /// Borrows the names of the modules.
    std::unordered_map<std::string_view, std::size_t> numbers_;
};

}  // namespace

std::string_view to_string(Direction direction) {
    return direction == Direction::users ? "users" : "dependencies";
}

Result<ModuleGraph> find_users(Catalog& catalog, const LoadedQuery& loaded,
                               std::span<const std::string> names) {
    // Only the modules that remain are looked up in the kernel.
    const auto unknown = [](std::string_view) { return false; };
    TRY_ASSIGN(auto whole, draw_whole_graph(catalog, unknown, names));
    ModuleGraph users = reachable_part(std::move(whole), Direction::users);
    for (Node& node : users.nodes)
        node.loaded = node.kind == Node::Kind::file && loaded(node.name);
    return users;
}

Result<ModuleGraph> find_loaded_relations(Catalog& catalog,
                                          const std::vector<LoadedModule>& modules,
                                          const RelationsRequest& request) {
    LoadedNames names(catalog, modules);
    ModuleGraph whole;
    for (const LoadedModule& module : modules)
        whole.nodes.push_back({.name = module.name, .loaded = true});
    for (std::size_t used = 0; used < modules.size(); ++used)
        for (const std::string& holder : modules[used].holders)
            if (const auto* const user = names.find(holder))
                whole.edges.push_back({.from = *user, .to = used});
    for (const std::string& name : request.names) {
        TRY_ASSIGN(const auto named, names.look_up(name));
        for (const std::size_t module : named) whole.nodes[module].named = true;
    }
    return reachable_part(std::move(whole), request.direction);
}

}  // namespace kmodpp
