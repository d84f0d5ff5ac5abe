// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints graphs in the DOT language of graphviz.
#include <algorithm>
#include <string_view>

#include "cli/hex.hpp"
#include "cli/plan_views.hpp"

namespace kmodpp::cli {

namespace {

/// A quoted DOT string. Quotes and backslashes are escaped; control characters become
/// "\\xNN", which a label shows as "\xNN".
std::string dot_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (byte >= 0x20 && byte != 0x7f)
            out += c;
        else
            append_escaped(out += '\\', std::string_view(&c, 1));
    }
    return out + '"';
}

/// The attributes of one statement: "[a="x", b="y"]".
class Attributes {
public:
    void add(std::string_view name, std::string_view value) {
        (((text_ += text_.empty() ? "" : ", ") += name) += '=') += dot_string(value);
    }
    [[nodiscard]] std::string text() const {
        return text_.empty() ? std::string() : " [" + text_ + "]";
    }

private:
    std::string text_;
};

using Node = ModuleGraph::Node;
using Edge = ModuleGraph::Edge;

/// What an attribute of a node means. The attributes can be combined.
struct NodeStyle {
    std::string_view meaning;
    bool (*applies)(const Node& node);
    std::string_view attribute, value;
    std::string_view style;  ///< the value of the attribute "style"; may be empty
};
/// Only the first three have a style, and at most one of them applies to a node.
constexpr NodeStyle kNodeStyles[] = {
    {"loaded",
     [](const Node& node) { return node.kind == Node::Kind::file && node.loaded; },
     "fillcolor", "palegreen", "filled"},
    {"built into the kernel",
     [](const Node& node) { return node.kind == Node::Kind::builtin; }, "fillcolor",
     "lightgrey", "filled"},
    {"not found",
     [](const Node& node) { return node.kind == Node::Kind::missing; },
     {},
     {},
     "dotted"},
    {"install command",
     [](const Node& node) { return !node.install.empty(); },
     "shape",
     "component",
     {}},
    {"blacklisted",
     [](const Node& node) { return !node.blacklist.empty(); },
     "color",
     "red",
     {}},
    {"forbidden",
     [](const Node& node) { return !node.forbid.empty(); },
     "fontcolor",
     "red",
     {}},
    {"requested", [](const Node& node) { return node.named; }, "penwidth", "2", {}},
};

/// What an edge means.
struct EdgeStyle {
    Edge::Kind kind;
    std::string_view meaning;  ///< of the module that it leads to
    std::string_view label;    ///< dashed edges have one
};
constexpr EdgeStyle kEdgeStyles[] = {
    {Edge::Kind::dependency, "dependency", {}},
    {Edge::Kind::pre_softdep, "soft dependency, loaded before it", "pre"},
    {Edge::Kind::post_softdep, "soft dependency, loaded after it", "post"},
};

void add_styles(Attributes& attributes, const Node& node) {
    std::string_view style;
    for (const NodeStyle& row : kNodeStyles) {
        if (!row.applies(node)) continue;
        if (!row.attribute.empty()) attributes.add(row.attribute, row.value);
        if (!row.style.empty()) style = row.style;
    }
    if (!style.empty()) attributes.add("style", style);
}

void add_styles(Attributes& attributes, const EdgeStyle& style) {
    if (style.label.empty()) return;
    attributes.add("style", "dashed");
    attributes.add("label", style.label);
}

/// The path and the state of a module, which are shown under the pointer.
std::string tooltip_of(const Node& node) {
    std::string tooltip = node.path;
    const auto add = [&tooltip](const std::string& text) {
        tooltip += (tooltip.empty() ? "" : "; ") + text;
    };
    if (node.kind == Node::Kind::builtin)
        add("built into the kernel");
    else if (node.kind == Node::Kind::missing)
        add("not found");
    else if (node.loaded)
        add("loaded");
    if (!node.install.empty())
        add("install " + node.install + " (" + node.install_origin.describe() + ")");
    if (!node.blacklist.empty()) add("blacklisted (" + node.blacklist.describe() + ")");
    if (!node.forbid.empty()) add("forbidden (" + node.forbid.describe() + ")");
    return tooltip;
}

std::string statement(const Node& node) {
    Attributes attributes;
    add_styles(attributes, node);
    if (const std::string tooltip = tooltip_of(node); !tooltip.empty())
        attributes.add("tooltip", tooltip);
    return "    " + dot_string(node.name) + attributes.text() + ";\n";
}

std::string statement(const ModuleGraph& graph, const Edge& edge) {
    Attributes attributes;
    add_styles(attributes, *std::ranges::find(kEdgeStyles, edge.kind, &EdgeStyle::kind));
    if (edge.kind != Edge::Kind::dependency)
        attributes.add("tooltip", edge.origin.describe());
    return "    " + dot_string(graph.nodes[edge.from].name) + " -> " +
           dot_string(graph.nodes[edge.to].name) + attributes.text() + ";\n";
}

/// The identifier of a node of the legend. The name of a module contains no space.
std::string legend_id(std::string_view meaning) {
    return dot_string("legend: " + std::string(meaning));
}

std::string legend_node(std::string_view meaning, const NodeStyle* style) {
    Attributes attributes;
    attributes.add("label", meaning);
    if (style != nullptr && !style->attribute.empty())
        attributes.add(style->attribute, style->value);
    if (style != nullptr && !style->style.empty()) attributes.add("style", style->style);
    return "        " + legend_id(meaning) + attributes.text() + ";\n";
}

/// Explains the styles that occur in the graph.
std::string legend(const ModuleGraph& graph) {
    constexpr std::string_view kModule = "module";
    std::string nodes, edges;
    for (const NodeStyle& style : kNodeStyles)
        if (std::ranges::any_of(graph.nodes, style.applies))
            nodes += legend_node(style.meaning, &style);
    for (const EdgeStyle& style : kEdgeStyles) {
        if (std::ranges::find(graph.edges, style.kind, &Edge::kind) == graph.edges.end())
            continue;
        if (edges.empty()) nodes += legend_node(kModule, nullptr);
        nodes += legend_node(style.meaning, nullptr);
        Attributes attributes;
        add_styles(attributes, style);
        edges += "        " + legend_id(kModule) + " -> " + legend_id(style.meaning) +
                 attributes.text() + ";\n";
    }
    if (nodes.empty()) return {};
    return "    subgraph cluster_legend {\n        label=\"legend\";\n" + nodes + edges +
           "    }\n";
}

}  // namespace

std::string graph_as_dot(const ModuleGraph& graph) {
    std::string text = "digraph modules {\n    node [shape=\"box\"];\n";
    for (const ModuleGraph::Node& node : graph.nodes) text += statement(node);
    for (const ModuleGraph::Edge& edge : graph.edges) text += statement(graph, edge);
    return text + legend(graph) + "}\n";
}

}  // namespace kmodpp::cli
