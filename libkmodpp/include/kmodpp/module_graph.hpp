// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// The graph of dependencies and soft dependencies among the modules of a load.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <kmodpp/export.hpp>
#include <kmodpp/plan.hpp>

namespace kmodpp {

/// A graph of modules. Plain data. Nodes are in the order of discovery, starting with
/// the named modules.
struct ModuleGraph {
    /// A module.
    struct Node {
        /// Kind of the module.
        enum class Kind {
            file,     ///< a module file
            builtin,  ///< built into the kernel
            missing,  ///< named in the configuration, but does not exist
        };
        std::string name;            ///< normalised
        Kind kind = Kind::file;      ///< kind of the module
        std::string path = {};       ///< for a file: as seen from outside the root
        bool named = false;          ///< the module was named in the request
        bool loaded = false;         ///< for a file: it is loaded
        Origin blacklist = {};       ///< the first blacklist line for it
        Origin forbid = {};          ///< the first forbid line for it
        std::string install = {};    ///< the install command that replaces its load
        Origin install_origin = {};  ///< the line of the command
    };
    /// A dependency between two modules.
    struct Edge {
        /// Dependencies come from the module file, soft dependencies from a softdep
        /// line.
        enum class Kind { dependency, pre_softdep, post_softdep };
        std::size_t from = 0;          ///< index of the dependent node
        std::size_t to = 0;            ///< index of the node it depends on
        Kind kind = Kind::dependency;  ///< kind of the dependency
        Origin origin = {};            ///< the softdep line
    };
    /// The nodes; each module occurs once.
    std::vector<Node> nodes;
    /// The edges; only direct dependencies have one.
    std::vector<Edge> edges;
};
/// A stable name for programs: "file".
[[nodiscard]] KMODPP_API std::string_view to_string(ModuleGraph::Node::Kind kind);
/// A stable name for programs: "pre_softdep".
[[nodiscard]] KMODPP_API std::string_view to_string(ModuleGraph::Edge::Kind kind);

}  // namespace kmodpp
