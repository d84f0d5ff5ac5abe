// SPDX-License-Identifier: LGPL-2.1-or-later
// Prints graphs in the DOT language of graphviz.
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

void add_word(std::string& words, std::string_view word) {
    if (!words.empty()) words += ',';
    words += word;
}

/// The attributes can be combined: the fill shows whether the module is loaded or built
/// in, a red border that it is blacklisted, a red name that it is forbidden, a wide
/// border that it was named, the shape that it has an install command.
std::string statement(const ModuleGraph::Node& node) {
    using Kind = ModuleGraph::Node::Kind;
    Attributes attributes;
    std::string style, tooltip = node.path;
    const auto add_note = [&tooltip](const std::string& text) {
        tooltip += (tooltip.empty() ? "" : "; ") + text;
    };
    if (node.kind == Kind::builtin) {
        add_word(style, "filled");
        attributes.add("fillcolor", "lightgrey");
        add_note("built into the kernel");
    } else if (node.kind == Kind::missing) {
        add_word(style, "dotted");
        add_note("not found");
    } else if (node.loaded) {
        add_word(style, "filled");
        attributes.add("fillcolor", "palegreen");
        add_note("loaded");
    }
    if (!node.install.empty()) {
        attributes.add("shape", "component");
        add_note("install " + node.install + " (" + node.install_origin.describe() + ")");
    }
    if (!node.blacklist.empty()) {
        attributes.add("color", "red");
        add_note("blacklisted (" + node.blacklist.describe() + ")");
    }
    if (!node.forbid.empty()) {
        attributes.add("fontcolor", "red");
        add_note("forbidden (" + node.forbid.describe() + ")");
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
