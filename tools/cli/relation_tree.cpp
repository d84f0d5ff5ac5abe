// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/relation_tree.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "cli/terminal.hpp"

namespace kmodpp::cli {

namespace {

using Node = ModuleGraph::Node;
using Edge = ModuleGraph::Edge;

/// Deeper than any real chain of dependencies.
constexpr std::size_t kMaxLevels = 40;

struct BranchTexts {
    std::string_view middle, last;    ///< in the line of a module
    std::string_view passing, blank;  ///< in the lines of what is below it
};
constexpr BranchTexts kAscii = {"|-", "`-", "| ", "  "};
constexpr BranchTexts kUnicode = {"\u251c\u2500", "\u2514\u2500", "\u2502 ", "  "};

class TreePrinter {
public:
    TreePrinter(const ModuleGraph& graph, RelationsRequest::Direction direction,
                const BranchTexts& branches)
        : graph_(graph),
          branches_(branches),
          next_(graph.nodes.size()),
          expanded_(graph.nodes.size()) {
        const bool users = direction == RelationsRequest::Direction::users;
        for (const Edge& edge : graph.edges)
            next_[users ? edge.to : edge.from].push_back(
                {users ? edge.from : edge.to, edge.kind});
    }

    StyledText print() && {
        for (std::size_t node = 0; node < graph_.nodes.size(); ++node)
            if (graph_.nodes[node].named) show_from(node);
        for (std::size_t i = 0; i < postponed_.size(); ++i)
            if (!expanded_[postponed_[i]]) show_from(postponed_[i]);
        return std::move(text_);
    }

private:
    struct Relation {
        std::size_t node;
        Edge::Kind kind;
    };
    struct Line {
        std::size_t node;
        Edge::Kind kind;
        std::size_t depth;
        bool last;
    };

    void show_from(std::size_t root) {
        std::vector<Line> pending = {{root, Edge::Kind::dependency, 0, true}};
        std::vector<std::size_t> path;   // the nodes from the root to the line
        std::vector<bool> last_of_path;  // for each: it is the last one of its parent
        while (!pending.empty()) {
            const Line line = pending.back();
            pending.pop_back();
            path.resize(line.depth);
            last_of_path.resize(line.depth);
            const bool expand = show(line, path, last_of_path);
            path.push_back(line.node);
            last_of_path.push_back(line.last);
            if (!expand) continue;
            expanded_[line.node] = true;
            const auto& below = next_[line.node];
            for (std::size_t i = below.size(); i-- > 0;)
                pending.push_back({below[i].node, below[i].kind, line.depth + 1,
                                   i + 1 == below.size()});
        }
    }

    /// Returns true if what is below the module is to be shown under this line.
    bool show(const Line& line, const std::vector<std::size_t>& path,
              const std::vector<bool>& last_of_path) {
        for (std::size_t depth = 1; depth < line.depth; ++depth)
            text_ += last_of_path[depth] ? branches_.blank : branches_.passing;
        if (line.depth > 0) text_ += line.last ? branches_.last : branches_.middle;
        text_ += graph_.nodes[line.node].name;
        notes_ = {};
        describe(line);
        const bool expand = may_expand(line, path);
        if (!notes_.empty()) ((text_ += " (") += notes_) += ")";
        text_ += "\n";
        return expand;
    }

    void describe(const Line& line) {
        const Node& node = graph_.nodes[line.node];
        if (line.kind == Edge::Kind::pre_softdep) note("softdep pre");
        if (line.kind == Edge::Kind::post_softdep) note("softdep post");
        if (node.kind == Node::Kind::builtin) note("builtin");
        if (node.kind == Node::Kind::missing) note("not found", Style::bad);
        if (node.loaded) note("loaded", Style::good);
    }

    bool may_expand(const Line& line, const std::vector<std::size_t>& path) {
        if (next_[line.node].empty()) return false;
        if (std::ranges::find(path, line.node) != path.end()) {
            note("cycle");
            return false;
        }
        if (expanded_[line.node]) {
            note("shown above");
            return false;
        }
        if (line.depth == kMaxLevels) {
            note("continued below");
            postponed_.push_back(line.node);
            return false;
        }
        return true;
    }

    void note(std::string_view text, Style style = Style::plain) {
        if (!notes_.empty()) notes_ += ", ";
        notes_.add(style, text);
    }

    const ModuleGraph& graph_;
    const BranchTexts& branches_;
    std::vector<std::vector<Relation>> next_;  ///< what is below each node
    std::vector<bool> expanded_;
    std::vector<std::size_t> postponed_;  ///< nodes at the maximum depth
    StyledText text_;
    StyledText notes_;
};

}  // namespace

Branches branches_for_stdout() {
    return stdout_is_terminal() && locale_is_utf8() ? Branches::unicode : Branches::ascii;
}

StyledText relations_as_tree(const ModuleGraph& graph,
                             RelationsRequest::Direction direction, Branches branches) {
    return TreePrinter(graph, direction,
                       branches == Branches::unicode ? kUnicode : kAscii)
        .print();
}

}  // namespace kmodpp::cli
