// SPDX-License-Identifier: LGPL-2.1-or-later
// Plans and graphs as text, JSON and DOT, with any names in them.
#include "cli/plan_views.hpp"

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace kmodpp;
using namespace kmodpp::cli;

namespace {

/// The names and edges that a DOT parser reads from a file, without their quotes.
struct Drawing {
    using Attributes = std::map<std::string, std::string>;
    std::vector<std::pair<std::string, Attributes>> nodes;
    struct Edge {
        std::string from, to;
        Attributes attributes;
    };
    std::vector<Edge> edges;
};

/// The graph, and the subgraph that explains it.
struct DrawingAndLegend {
    Drawing graph, legend;
};

/// A parser of the subset of DOT that is written: digraph ID { ID [ID=ID, …]; ID -> ID
/// […]; subgraph cluster_legend { label=ID; … } } with quoted IDs, in which \" is a quote
/// and any other backslash is kept for the label.
class DotReader {
public:
    explicit DotReader(std::string_view text) : rest_(text) {}

    /// nullopt if the text is not DOT.
    std::optional<DrawingAndLegend> read() {
        DrawingAndLegend all;
        if (!take("digraph") || !id() || !take("{")) return std::nullopt;
        if (!read_statements(all.graph)) return std::nullopt;
        if (take("subgraph cluster_legend {") &&
            !(take("label=\"legend\";") && read_statements(all.legend) && take("}")))
            return std::nullopt;
        if (!take("}")) return std::nullopt;
        skip_blanks();
        if (!rest_.empty()) return std::nullopt;
        return all;
    }

private:
    /// Reads up to a subgraph or a closing brace; false: the text is not DOT.
    bool read_statements(Drawing& drawing) {
        while (!starts_with("}") && !starts_with("subgraph")) {
            const bool defaults = take("node");
            const auto from = defaults ? std::optional<std::string>("") : id();
            if (!from) return false;
            const bool is_edge = take("->");
            const auto to = is_edge ? id() : std::optional<std::string>("");
            const auto attributes = take_attributes();
            if (!to || !attributes || !take(";")) return false;
            if (is_edge)
                drawing.edges.push_back({*from, *to, *attributes});
            else if (!defaults)
                drawing.nodes.emplace_back(*from, *attributes);
        }
        return true;
    }
    void skip_blanks() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \n"), rest_.size()));
    }
    bool starts_with(std::string_view word) {
        skip_blanks();
        return rest_.starts_with(word);
    }
    bool take(std::string_view word) {
        if (!starts_with(word)) return false;
        rest_.remove_prefix(word.size());
        return true;
    }
    std::optional<std::string> id() {
        skip_blanks();
        if (take("\"")) {
            std::string text;
            for (; !rest_.empty(); rest_.remove_prefix(1)) {
                if (rest_[0] == '"') {
                    rest_.remove_prefix(1);
                    return unescaped(text);
                }
                if (rest_[0] == '\n') return std::nullopt;
                text += rest_[0];
                if (rest_[0] == '\\' && rest_.size() > 1) {
                    rest_.remove_prefix(1);
                    text += rest_[0];
                }
            }
            return std::nullopt;
        }
        const std::size_t end =
            rest_.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789");
        if (end == 0 || end == std::string_view::npos) return std::nullopt;
        std::string text(rest_.substr(0, end));
        rest_.remove_prefix(end);
        return text;
    }
    /// The text that a label shows. Any escape other than \" and \\ has a meaning in
    /// DOT: \N is the name of the node.
    static std::optional<std::string> unescaped(std::string_view text) {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\\' && text[++i] != '"' && text[i] != '\\')
                return std::nullopt;
            out += text[i];
        }
        return out;
    }
    std::optional<Drawing::Attributes> take_attributes() {
        Drawing::Attributes attributes;
        if (!take("[")) return attributes;
        do {
            const auto name = id();
            if (!name || !take("=")) return std::nullopt;
            const auto value = id();
            if (!value || !attributes.emplace(*name, *value).second) return std::nullopt;
        } while (take(","));
        if (!take("]")) return std::nullopt;
        return attributes;
    }

    std::string_view rest_;
};

Drawing drawing_of(const ModuleGraph& graph) {
    const auto drawing = DotReader(graph_as_dot(graph)).read();
    REQUIRE(drawing.has_value());
    REQUIRE(drawing->graph.nodes.size() == graph.nodes.size());
    REQUIRE(drawing->graph.edges.size() == graph.edges.size());
    return drawing->graph;
}

Drawing legend_of(const ModuleGraph& graph) {
    const auto drawing = DotReader(graph_as_dot(graph)).read();
    REQUIRE(drawing.has_value());
    return drawing->legend;
}

/// The attributes of a node without its label and tooltip.
Drawing::Attributes styles_of(const Drawing& drawing, std::size_t node) {
    Drawing::Attributes styles = drawing.nodes.at(node).second;
    styles.erase("label");
    styles.erase("tooltip");
    return styles;
}

using Node = ModuleGraph::Node;
using Edge = ModuleGraph::Edge;

}  // namespace

TEST_CASE("graph_as_dot: an empty graph is an empty digraph") {
    CHECK(drawing_of({}).nodes.empty());
}

TEST_CASE(
    "graph_as_dot: hard dependencies are solid, soft ones dashed with pre or post") {
    ModuleGraph graph;
    for (const char* name : {"a", "b", "c"}) graph.nodes.push_back({.name = name});
    graph.edges = {{0, 1, Edge::Kind::dependency, {}},
                   {0, 2, Edge::Kind::pre_softdep, {"f.conf", 3}},
                   {2, 0, Edge::Kind::post_softdep, {"g.conf", 4}}};
    const Drawing drawing = drawing_of(graph);
    CHECK(drawing.edges[0].attributes.empty());
    CHECK(drawing.edges[1].attributes ==
          Drawing::Attributes{
              {"style", "dashed"}, {"label", "pre"}, {"tooltip", "f.conf line 3"}});
    CHECK(drawing.edges[2].from == "c");
    CHECK(drawing.edges[2].to == "a");
    CHECK(drawing.edges[2].attributes.at("label") == "post");
}

TEST_CASE(
    "graph_as_dot: marks loaded, builtin, missing, blacklisted and blocked modules") {
    ModuleGraph graph;
    for (const char* name : {"file", "loaded", "builtin", "missing", "stopped"})
        graph.nodes.push_back({.name = name});
    graph.nodes[0].path = "/x.ko";
    graph.nodes[1].path = "/y.ko";
    graph.nodes[1].loaded = true;
    graph.nodes[2].kind = Node::Kind::builtin;
    graph.nodes[3].kind = Node::Kind::missing;
    Node& stopped = graph.nodes[4];
    stopped.named = true;
    stopped.blacklist = {"f.conf", 1};
    stopped.install = "/bin/false";
    stopped.install_origin = {"f.conf", 2};
    const Drawing drawing = drawing_of(graph);
    CHECK(drawing.nodes[0].second == Drawing::Attributes{{"tooltip", "/x.ko"}});
    CHECK(drawing.nodes[1].second.at("fillcolor") == "palegreen");
    CHECK(drawing.nodes[1].second.at("style") == "filled");
    CHECK(drawing.nodes[1].second.at("tooltip") == "/y.ko; loaded");
    CHECK(drawing.nodes[2].second.at("fillcolor") == "lightgrey");
    CHECK(drawing.nodes[3].second.at("style") == "dotted");
    CHECK(drawing.nodes[4].second ==
          Drawing::Attributes{
              {"color", "red"},
              {"penwidth", "2"},
              {"shape", "component"},
              {"tooltip",
               "install /bin/false (f.conf line 2); blacklisted (f.conf line 1)"}});
}

TEST_CASE("graph_as_dot: the legend shows the styles of the graph, and no others") {
    const struct {
        std::string_view meaning;
        Node node;
    } rows[] = {
        {"loaded", {.name = "m", .loaded = true}},
        {"built into the kernel", {.name = "m", .kind = Node::Kind::builtin}},
        {"not found", {.name = "m", .kind = Node::Kind::missing}},
        {"install command", {.name = "m", .install = "x"}},
        {"blacklisted", {.name = "m", .blacklist = {"f", 1}}},
        {"forbidden", {.name = "m", .forbid = {"f", 1}}},
        {"requested", {.name = "m", .named = true}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.meaning);
        ModuleGraph graph;
        graph.nodes = {row.node, {.name = "other"}};
        const Drawing legend = legend_of(graph);
        REQUIRE(legend.nodes.size() == 1);
        CHECK(legend.edges.empty());
        CHECK(legend.nodes[0].second.at("label") == row.meaning);
        CHECK_FALSE(styles_of(legend, 0).empty());
        CHECK(styles_of(legend, 0) == styles_of(drawing_of(graph), 0));
    }
    ModuleGraph plain;
    plain.nodes = {{.name = "a"}};
    CHECK(legend_of(plain).nodes.empty());
}

TEST_CASE("graph_as_dot: the legend shows the kinds of edges of the graph") {
    const struct {
        Edge::Kind kind;
        std::string_view meaning;
        Drawing::Attributes attributes;
    } rows[] = {
        {Edge::Kind::dependency, "dependency", {}},
        {Edge::Kind::pre_softdep,
         "soft dependency, loaded before it",
         {{"label", "pre"}, {"style", "dashed"}}},
        {Edge::Kind::post_softdep,
         "soft dependency, loaded after it",
         {{"label", "post"}, {"style", "dashed"}}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.meaning);
        ModuleGraph graph;
        graph.nodes = {{.name = "a"}, {.name = "b"}};
        graph.edges = {{0, 1, row.kind, {}}, {1, 0, row.kind, {}}};
        const Drawing legend = legend_of(graph);
        REQUIRE(legend.nodes.size() == 2);
        CHECK(legend.nodes[1].second.at("label") == row.meaning);
        REQUIRE(legend.edges.size() == 1);
        CHECK(legend.edges[0].from == legend.nodes[0].first);
        CHECK(legend.edges[0].to == legend.nodes[1].first);
        CHECK(legend.edges[0].attributes == row.attributes);
    }
}

TEST_CASE("graph_as_dot: escapes every name") {
    const struct {
        std::string name, shown;
    } rows[] = {
        {"snd_hda-intel", "snd_hda-intel"},
        {"", ""},
        {"digraph", "digraph"},
        {"a\"]; evil [x=\"", "a\"]; evil [x=\""},
        {"back\\", "back\\"},
        {"back\\\"", "back\\\""},
        {"\\N\\G", "\\N\\G"},
        {"<b>html</b>", "<b>html</b>"},
        {"two\nlines\t\x7f\x1b[0m", "two\\x0alines\\x09\\x7f\\x1b[0m"},
        {"# comment // /* */", "# comment // /* */"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        ModuleGraph graph;
        graph.nodes.push_back({.name = row.name, .path = row.name});
        graph.nodes[0].install = row.name;
        graph.edges = {{0, 0, Edge::Kind::pre_softdep, {row.name, 0}}};
        const Drawing drawing = drawing_of(graph);
        CHECK(drawing.nodes[0].first == row.shown);
        CHECK(drawing.nodes[0].second.contains("tooltip") == !row.name.empty());
        if (!row.name.empty())
            CHECK(drawing.nodes[0].second.at("tooltip").contains(row.shown));
        CHECK(drawing.edges[0].from == row.shown);
    }
}

TEST_CASE("explain: untrusted text neither controls the terminal nor forges a line") {
    const std::string evil = "x\n\x1b[2J\x7fy";
    const Origin origin{evil, 1};
    NameTrace trace;
    trace.name = trace.normalised = trace.nearest = evil;
    trace.asked = {{NameSource::config_alias, evil, false, 0},
                   {NameSource::module_alias, evil, true, 1}};
    trace.modules = {{evil, evil, NameSource::module_alias, evil, origin}};
    Answer answer{.name = evil, .trace = trace};
    Goal goal;
    goal.module.name = evil;
    for (const Step::Action action :
         {Step::Action::insert, Step::Action::remove, Step::Action::run_install,
          Step::Action::run_remove, Step::Action::builtin, Step::Action::already_loaded,
          Step::Action::missing, Step::Action::kept, Step::Action::forbidden})
        for (const Cause::Kind kind :
             {Cause::Kind::named, Cause::Kind::dependency, Cause::Kind::pre_softdep,
              Cause::Kind::post_softdep, Cause::Kind::holder,
              Cause::Kind::unused_dependency})
            goal.steps.push_back({.action = action,
                                  .module = evil,
                                  .path = evil,
                                  .options = evil,
                                  .option_sources = {{evil, origin}},
                                  .command = evil,
                                  .command_origin = origin,
                                  .blacklist = origin,
                                  .forbid = origin,
                                  .required = false,
                                  .cause = {kind, evil, evil, origin},
                                  .note = evil});
    Goal skipped;
    skipped.module.name = skipped.skipped = evil;
    answer.plan.goals = {goal, skipped};
    answer.hidden = {{evil, evil, evil, evil, origin}, {evil, evil, "x", evil, origin}};
    answer.error = Error{ErrorKind::busy, 0, evil};
    const std::string text = explain(answer, nullptr).plain();
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x7f') == std::string::npos);
    CHECK_FALSE(text.contains("x\n"));
    CHECK(text.contains("x\\x0a\\x1b[2J\\x7fy"));
}

TEST_CASE("explain: a dependency names the modules that need it directly") {
    Answer answer;
    Goal goal;
    goal.module.name = "d";
    goal.steps = {
        {.module = "a", .path = "/a.ko", .cause = {Cause::Kind::dependency, "d"}}};
    answer.plan.goals = {goal};
    ModuleGraph graph;
    for (const char* name : {"d", "c", "b", "a"}) graph.nodes.push_back({.name = name});
    graph.edges = {{1, 3}, {2, 3}, {0, 1}, {0, 2}, {0, 3, Edge::Kind::pre_softdep, {}}};
    CHECK(explain(answer, nullptr).plain() ==
          "To load d:\n  1. insmod /a.ko\n     needed by d\n");
    CHECK(explain(answer, &graph).plain() ==
          "To load d:\n  1. insmod /a.ko\n     needed by c and b\n");
}

TEST_CASE(
    "plans_as_json: replaces bytes that are not UTF-8 and escapes control characters") {
    Answer answer{.name = "a\xff\n\""};
    const std::string text = plans_as_json({answer});
    CHECK(text.contains("\"name\": \"a\xef\xbf\xbd\\n\\\"\""));
    CHECK(text.ends_with("]\n"));
    CHECK(plans_as_json({}) == "[]\n");
    ModuleGraph graph;
    graph.nodes.push_back({.name = "\xfe"});
    CHECK(graph_as_json(graph).contains("\xef\xbf\xbd"));
}
