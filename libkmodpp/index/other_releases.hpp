// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds modules in a tree that were built for another kernel release.
#pragma once

#include <string>
#include <vector>

#include "catalog/scan.hpp"
#include "index/inspect.hpp"
#include "io/root.hpp"
#include "kmodpp/message.hpp"

namespace kmodpp::index {

/// Warns about modules whose vermagic names another release, unless their modversions
/// show that they fit: weak-modules links such modules into a tree on purpose.
void warn_of_other_releases(const io::Root& root, const std::string& release,
                            const std::vector<FoundModule>& modules,
                            const std::vector<ModuleRecord>& records,
                            MessageSink& messages);

}  // namespace kmodpp::index
