// SPDX-License-Identifier: LGPL-2.1-or-later
// The stable names of the public enumerators of which the code that loads modules needs some. A file of its
// own, because libkmodpp-load and libkmodpp both contain it.
#include <array>
#include <utility>

#include "kmodpp/configuration.hpp"
#include "kmodpp/diagnosis.hpp"
#include "kmodpp/loaded_module.hpp"
#include "kmodpp/message.hpp"
#include "kmodpp/module_graph.hpp"
#include "kmodpp/plan.hpp"
#include "kmodpp/result.hpp"

namespace kmodpp {

namespace {

template <std::size_t kSize>
using Names = std::array<std::string_view, kSize>;

// Each in the order of the enumerators.
constexpr Names<7> kErrors = {"not_found", "malformed", "unsupported", "denied",
                              "busy",      "io",        "conflict"};
constexpr Names<6> kPriorities = {"fatal", "error", "warning", "notice", "info", "debug"};
/// The last three are the words of sysfs.
constexpr Names<5> kStates = {"absent", "builtin", "live", "coming", "going"};
constexpr Names<8> kVerbs = {"blacklist", "forbid",  "install", "remove",
                             "alias",     "options", "softdep", "weakdep"};
constexpr Names<2> kIndexes = {"modules", "symbols"};
constexpr Names<3> kProblems = {"unknown", "bad_value", "builtin"};
constexpr Names<8> kSources = {"alias lines of the configuration",
                               "modules.dep",
                               "modules.symbols",
                               "install and remove lines of the configuration",
                               "modules.alias",
                               "modules.builtin",
                               "modules.builtin.alias",
                               "path"};
constexpr Names<9> kActions = {"insert",         "remove",  "install_command",
                               "remove_command", "builtin", "already_loaded",
                               "missing",        "kept",    "forbidden"};
constexpr Names<6> kCauses = {"named",        "dependency", "pre_softdep",
                              "post_softdep", "holder",     "unused_dependency"};
constexpr Names<3> kNodes = {"file", "builtin", "missing"};
constexpr Names<3> kEdges = {"dependency", "pre_softdep", "post_softdep"};
static_assert(kActions.size() == std::to_underlying(Step::Action::forbidden) + 1);
static_assert(kCauses.size() == std::to_underlying(Cause::Kind::unused_dependency) + 1);
static_assert(kSources.size() == std::to_underlying(NameSource::path) + 1);

template <class Enum, std::size_t kSize>
constexpr std::string_view name_of(const Names<kSize>& names, Enum value) {
    return names[std::to_underlying(value)];
}

}  // namespace

std::string_view to_string(ErrorKind kind) { return name_of(kErrors, kind); }
std::string_view to_string(Priority priority) { return name_of(kPriorities, priority); }
std::string_view to_string(InitState state) { return name_of(kStates, state); }
std::string_view to_string(RuleKind kind) { return name_of(kVerbs, kind); }
std::string_view to_string(AliasIndex index) { return name_of(kIndexes, index); }
std::string_view to_string(ParameterProblem::Kind kind) {
    return name_of(kProblems, kind);
}
std::string_view to_string(NameSource source) { return name_of(kSources, source); }
std::string_view to_string(Step::Action action) { return name_of(kActions, action); }
std::string_view to_string(Cause::Kind kind) { return name_of(kCauses, kind); }
std::string_view to_string(ModuleGraph::Node::Kind kind) { return name_of(kNodes, kind); }
std::string_view to_string(ModuleGraph::Edge::Kind kind) { return name_of(kEdges, kind); }

}  // namespace kmodpp
