// SPDX-License-Identifier: LGPL-2.1-or-later
// The stable names of the enumerators in plans and graphs, as printed in JSON.
#include <array>
#include <utility>

#include "kmodpp/module_graph.hpp"
#include "kmodpp/plan.hpp"

namespace kmodpp {

namespace {

// Each in the order of the enumerators.
constexpr std::array<std::string_view, 9> kActions = {
    "insert",  "remove", "install_command", "remove_command", "builtin", "already_loaded",
    "missing", "kept",   "forbidden"};
constexpr std::array<std::string_view, 6> kCauses = {
    "named", "dependency", "pre_softdep", "post_softdep", "holder", "unused_dependency"};
constexpr std::array<std::string_view, 3> kNodes = {"file", "builtin", "missing"};
constexpr std::array<std::string_view, 3> kEdges = {"dependency", "pre_softdep",
                                                    "post_softdep"};
static_assert(kActions.size() == std::to_underlying(Step::Action::forbidden) + 1);
static_assert(kCauses.size() == std::to_underlying(Cause::Kind::unused_dependency) + 1);

}  // namespace

std::string_view to_string(Step::Action action) {
    return kActions[std::to_underlying(action)];
}

std::string_view to_string(Cause::Kind kind) { return kCauses[std::to_underlying(kind)]; }

std::string_view to_string(ModuleGraph::Node::Kind kind) {
    return kNodes[std::to_underlying(kind)];
}

std::string_view to_string(ModuleGraph::Edge::Kind kind) {
    return kEdges[std::to_underlying(kind)];
}

}  // namespace kmodpp
