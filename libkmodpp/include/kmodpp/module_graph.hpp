// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// Who needs whom among the modules that a load involves.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <kmodpp/plan.hpp>

namespace kmodpp {

/// Plain data. Nodes in the order in which they were met, beginning with the named ones.
struct ModuleGraph {
    /// A module.
    struct Node {
        /// Where the module is.
        enum class Kind {
            file,     ///< a module file
            builtin,  ///< part of the kernel
            missing,  ///< named by a line of the configuration, but not there
        };
        std::string name;            ///< normalised
        Kind kind = Kind::file;      ///< where it is
        std::string path = {};       ///< file: as seen from outside the root
        bool named = false;          ///< the graph was asked for by it
        bool loaded = false;         ///< file: the kernel holds it
        Origin blacklist = {};       ///< the first blacklist line for it
        std::string install = {};    ///< the install command that stands for it
        Origin install_origin = {};  ///< the line of the command
    };
    /// A need of one module for another.
    struct Edge {
        /// Dependencies are those of the file; softdeps, of a line.
        enum class Kind { dependency, pre_softdep, post_softdep };
        std::size_t from = 0;          ///< index of the node that needs
        std::size_t to = 0;            ///< index of the node that is needed
        Kind kind = Kind::dependency;  ///< who says so
        Origin origin = {};            ///< the softdep line
    };
    /// Each module once.
    std::vector<Node> nodes;
    /// Dependencies are the direct ones: what is needed because something else that is
    /// needed needs it has no edge.
    std::vector<Edge> edges;
};

}  // namespace kmodpp
