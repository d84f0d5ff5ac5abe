// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// How a name was looked up: the sources that were searched, and their results.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <kmodpp/plan.hpp>

namespace kmodpp {

/// One source of names and its result.
struct AskedSource {
    NameSource source = NameSource::module_name;  ///< the source
    /// Path of the database; empty for the configuration.
    std::string file = {};
    bool there = true;        ///< false: the database does not exist
    std::size_t answers = 0;  ///< number of modules found
};

/// The search for a name in the sources. Plain data.
struct NameTrace {
    std::string name;        ///< as given
    std::string normalised;  ///< normalised; empty: not a valid name
    /// The searched sources in order, up to the one with a result. Empty for a path.
    std::vector<AskedSource> asked;
    /// The modules found; empty: the name is unknown.
    std::vector<NamedModule> modules;
    /// For an unknown name: the known module with the nearest name, if any.
    std::string nearest;
};

}  // namespace kmodpp
