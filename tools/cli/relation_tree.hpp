// SPDX-License-Identifier: LGPL-2.1-or-later
// Draws the relations of modules as a tree, for kmod tree and kmod users.
#pragma once

#include <kmodpp/module_graph.hpp>
#include <kmodpp/relations.hpp>

#include "cli/styled_text.hpp"

namespace kmodpp::cli {

/// The characters that branches are drawn with.
enum class Branches { ascii, unicode };
/// Unicode if stdout is a terminal and the locale is UTF-8.
[[nodiscard]] Branches branches_for_stdout();

/// A tree for each named module. What a module has below it is shown at its first
/// occurrence only; further occurrences refer to it. Very deep trees are continued in
/// trees of their own, so that the output is linear in the size of the graph.
[[nodiscard]] StyledText relations_as_tree(const ModuleGraph& graph,
                                           RelationsRequest::Direction direction,
                                           Branches branches);

}  // namespace kmodpp::cli
