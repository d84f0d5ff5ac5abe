// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// How a name was looked up: who was asked, and what was answered.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <kmodpp/plan.hpp>

namespace kmodpp {

/// One source of names, and what it said.
struct AskedSource {
    NameSource source = NameSource::module_name;  ///< who was asked
    /// The database, as a person would open it; empty for the configuration.
    std::string file = {};
    bool there = true;        ///< false: the database does not exist
    std::size_t answers = 0;  ///< modules that it named
};

/// The way of a name through the sources. Plain data.
struct NameTrace {
    std::string name;        ///< as it was given
    std::string normalised;  ///< as the sources spell it; empty: no name of anything
    /// Up to the one that answered, in the order in which they were asked. Nobody is
    /// asked about a path.
    std::vector<AskedSource> asked;
    /// What the one that answered has named; empty: nobody knows the name.
    std::vector<NamedModule> modules;
    /// When nobody answered: the known module whose name is most like it, if any is.
    std::string nearest;
};

}  // namespace kmodpp
