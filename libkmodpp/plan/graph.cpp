// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/graph.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/names.hpp"
#include "base/sort.hpp"
#include "base/text.hpp"
#include "io/absolute_path.hpp"
#include "plan/rules.hpp"
#include "plan/softdeps.hpp"

namespace kmodpp {

namespace {

using Node = ModuleGraph::Node;
using Edge = ModuleGraph::Edge;

class GraphBuilder {
public:
    GraphBuilder(Catalog& catalog, const LoadedQuery& loaded)
        : catalog_(catalog), loaded_(loaded), softdeps_(catalog.config()) {}

    Status add_named(const std::string& name) {
        std::vector<NamedModule> modules;
        std::string path;
        if (is_module_path(name)) {
            path = io::absolute_path(name);
            TRY_ASSIGN(const io::Root host, io::Root::open("/"));
            const auto file = host.stat(path);
            if (!file || !S_ISREG(file->st_mode)) return not_found(name);
            modules.push_back(
                {.name = module_name_of_path(name), .source = NameSource::path});
        } else {
            TRY_ASSIGN(modules, look_up(catalog_, name));
            if (modules.empty()) return not_found(name);
        }
        for (const NamedModule& module : modules) {
            Node& node = graph_.nodes[number_of(module)];
            node.named = true;
            if (!path.empty()) node.path = path;
        }
        return {};
    }

    /// Adds every module of modules.dep.
    Status add_all() {
        return catalog_.for_each(Database::dep,
                                 [this](std::string_view name, const IndexValue&) {
                                     number_of({.name = std::string(name)});
                                 });
    }

    /// Adds all direct and indirect dependencies of the modules.
    Result<ModuleGraph> finish() {
        while (!waiting_.empty()) {
            const NamedModule module = std::move(waiting_.front());
            waiting_.pop_front();
            TRY(add_dependencies(module));
            TRY(add_softdeps(module));
        }
        add_direct_dependencies();
        return std::move(graph_);
    }

private:
    [[nodiscard]] std::unexpected<Error> not_found(std::string_view name) const {
        return fail(ErrorKind::not_found,
                    cat("Module ", printable(name), " not found in directory ",
                        catalog_.display_directory()),
                    ENOENT);
    }

    /// The index of a module's node. A new node is added, and its dependencies later.
    std::size_t number_of(const NamedModule& module) {
        // Each alias may have its own softdep lines.
        if (visited_.insert({module.name, module.alias}).second)
            waiting_.push_back(module);
        const auto [at, is_new] = numbers_.try_emplace(module.name, graph_.nodes.size());
        if (!is_new) return at->second;
        Node node{.name = module.name};
        const ModprobeConfig& config = catalog_.config();
        if (const BlacklistRule* rule = blacklist_for(config, module.name))
            node.blacklist = rule->origin;
        if (const ForbidRule* rule = forbid_for(config, module.name))
            node.forbid = rule->origin;
        if (const CommandRule* rule = command_for(config.install, module.name)) {
            node.install = rule->command;
            node.install_origin = rule->origin;
        }
        graph_.nodes.push_back(std::move(node));
        needs_.emplace_back();
        return at->second;
    }

    Status add_dependencies(const NamedModule& module) {
        const std::size_t number = numbers_.at(module.name);
        if (!followed_.insert(number).second) return {};
        TRY_ASSIGN(const auto entry, catalog_.find_module(module.name));
        if (!entry && graph_.nodes[number].path.empty()) {
            TRY_ASSIGN(const bool builtin, is_builtin(catalog_, module));
            graph_.nodes[number].kind =
                builtin ? Node::Kind::builtin : Node::Kind::missing;
            return {};
        }
        graph_.nodes[number].loaded = loaded_(module.name);
        if (!entry) return {};
        if (graph_.nodes[number].path.empty())
            graph_.nodes[number].path = catalog_.root().display(entry->path);
        for (const std::string& path : entry->dependencies) {
            const std::size_t needed = number_of({.name = module_name_of_path(path)});
            if (graph_.nodes[needed].path.empty())
                graph_.nodes[needed].path = catalog_.root().display(path);
            needs_[number].push_back(needed);
        }
        return {};
    }

    Status add_softdeps(const NamedModule& module) {
        const std::size_t from = numbers_.at(module.name);
        for (const std::size_t number : softdeps_.of(module)) {
            if (!rules_of_nodes_.insert({from, number}).second) continue;
            const SoftdepRule& rule = catalog_.config().softdeps[number];
            const SoftdepNames names = rule.names();
            for (const std::string& name : names.pre)
                TRY(add_softdep(from, Edge::Kind::pre_softdep, name, rule.origin));
            for (const std::string& name : names.post)
                TRY(add_softdep(from, Edge::Kind::post_softdep, name, rule.origin));
        }
        return {};
    }

    Status add_softdep(std::size_t from, Edge::Kind kind, const std::string& name,
                       const Origin& origin) {
        TRY_ASSIGN(const auto* const targets, targets_of(name));
        for (const std::size_t to : *targets)
            if (softdep_edges_.insert({from, to, kind}).second)
                graph_.edges.push_back({from, to, kind, origin});
        return {};
    }

    /// The nodes that a name in a softdep line refers to.
    Result<const std::vector<std::size_t>*> targets_of(const std::string& name) {
        const auto [at, is_new] = targets_.try_emplace(name);
        if (!is_new) return &at->second;
        TRY_ASSIGN(auto modules, look_up(catalog_, name));
        if (modules.empty()) modules.push_back({.name = normalise_module_name(name)});
        for (const NamedModule& module : modules) at->second.push_back(number_of(module));
        return &at->second;
    }

    /// Adds an edge for each direct dependency. A line of modules.dep lists indirect
    /// ones, too: those are the dependencies of other dependencies, of which those with
    /// the most dependencies are visited first.
    void add_direct_dependencies() {
        std::vector<Edge> edges;
        std::vector<std::size_t> reached(graph_.nodes.size(), graph_.nodes.size());
        for (std::size_t from = 0; from < needs_.size(); ++from) {
            std::vector<std::size_t> needed = needs_[from];
            sort_by(needed, [this](std::size_t node) { return ~needs_[node].size(); });
            for (const std::size_t to : needed) {
                if (to == from || reached[to] == from) continue;
                edges.push_back({from, to, Edge::Kind::dependency, {}});
                reached[to] = from;
                // In a cycle, each module would hide the edge to the other.
                if (std::ranges::find(needs_[to], from) != needs_[to].end()) continue;
                for (const std::size_t further : needs_[to]) reached[further] = from;
            }
        }
        graph_.edges.insert(graph_.edges.begin(), std::make_move_iterator(edges.begin()),
                            std::make_move_iterator(edges.end()));
    }

    Catalog& catalog_;
    const LoadedQuery& loaded_;
    SoftdepIndex softdeps_;
    ModuleGraph graph_;
    std::vector<std::vector<std::size_t>> needs_;  ///< of each node: all dependencies
    std::unordered_map<std::string, std::size_t> numbers_;
    std::deque<NamedModule> waiting_;  ///< their dependencies are to be added
    std::set<std::pair<std::string, std::string>> visited_;  ///< name and alias
    std::set<std::size_t> followed_;
    std::set<std::pair<std::size_t, std::size_t>> rules_of_nodes_;
    std::set<std::tuple<std::size_t, std::size_t, Edge::Kind>> softdep_edges_;
    std::unordered_map<std::string, std::vector<std::size_t>> targets_;
};

}  // namespace

Result<ModuleGraph> draw_graph(Catalog& catalog, const LoadedQuery& loaded,
                               std::span<const std::string> names) {
    GraphBuilder builder(catalog, loaded);
    for (const std::string& name : names) TRY(builder.add_named(name));
    return builder.finish();
}

Result<ModuleGraph> draw_whole_graph(Catalog& catalog, const LoadedQuery& loaded,
                                     std::span<const std::string> names) {
    GraphBuilder builder(catalog, loaded);
    for (const std::string& name : names) TRY(builder.add_named(name));
    TRY(builder.add_all());
    return builder.finish();
}

}  // namespace kmodpp
