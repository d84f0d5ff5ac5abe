// SPDX-License-Identifier: LGPL-2.1-or-later
// Compares the modules of two releases.
#pragma once

#include <vector>

#include "base/error.hpp"
#include "kmodpp/release_diff.hpp"
#include "report/release_contents.hpp"

namespace kmodpp {

/// All differences. Fails only if there are more aliases than an index can hold.
[[nodiscard]] Result<ReleaseDiff> compare_releases(const ReleaseContents& before,
                                                   const ReleaseContents& after);

/// The part of compare_releases() that concerns aliases.
[[nodiscard]] Result<std::vector<AliasChange>> compare_aliases(
    const std::vector<ModuleContents>& before, const std::vector<ModuleContents>& after);

}  // namespace kmodpp
