// SPDX-License-Identifier: LGPL-2.1-or-later
// Graphs in the DOT language.
#include <string_view>

#include "cli/hex.hpp"
#include "cli/plan_views.hpp"

namespace kmodpp::cli {

namespace {

/// A quoted string of DOT. Within one, a quote ends it and a backslash begins an escape
/// of a label; control characters are shown by their codes.
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

void add_word(std::string& words, std::string_view word) {
    if (!words.empty()) words += ',';
    words += word;
}

/// Each fact has a look of its own, so that they combine: the filling tells where the
/// module is, the colour of the border what stops it, its width that it was asked for.
std::string statement(const ModuleGraph::Node& node) {
    using Kind = ModuleGraph::Node::Kind;
    Attributes attributes;
    std::string style, tooltip = node.path;
    const auto tell = [&tooltip](const std::string& text) {
        tooltip += (tooltip.empty() ? "" : "; ") + text;
    };
    if (node.kind == Kind::builtin) {
        add_word(style, "filled");
        attributes.add("fillcolor", "lightgrey");
        tell("part of the kernel");
    } else if (node.kind == Kind::missing) {
        add_word(style, "dotted");
        tell("not there");
    } else if (node.loaded) {
        add_word(style, "filled");
        attributes.add("fillcolor", "palegreen");
        tell("loaded");
    }
    if (!node.install.empty()) {
        attributes.add("shape", "component");
        tell("install " + node.install + " (" + node.install_origin.describe() + ")");
    }
    if (!node.blacklist.empty()) {
        attributes.add("color", "red");
        tell("blacklisted (" + node.blacklist.describe() + ")");
    }
    if (node.named) attributes.add("penwidth", "2");
    if (!style.empty()) attributes.add("style", style);
    if (!tooltip.empty()) attributes.add("tooltip", tooltip);
    return "    " + dot_string(node.name) + attributes.text() + ";\n";
}

std::string statement(const ModuleGraph& graph, const ModuleGraph::Edge& edge) {
    using Kind = ModuleGraph::Edge::Kind;
    Attributes attributes;
    if (edge.kind != Kind::dependency) {
        attributes.add("style", "dashed");
        attributes.add("label", edge.kind == Kind::pre_softdep ? "pre" : "post");
        attributes.add("tooltip", edge.origin.describe());
    }
    return "    " + dot_string(graph.nodes[edge.from].name) + " -> " +
           dot_string(graph.nodes[edge.to].name) + attributes.text() + ";\n";
}

}  // namespace

std::string graph_as_dot(const ModuleGraph& graph) {
    std::string text = "digraph modules {\n    node [shape=\"box\"];\n";
    for (const ModuleGraph::Node& node : graph.nodes) text += statement(node);
    for (const ModuleGraph::Edge& edge : graph.edges) text += statement(graph, edge);
    return text + "}\n";
}

}  // namespace kmodpp::cli
