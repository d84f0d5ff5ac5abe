// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads depmod.d files (source: depmod.d(5)).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "format/config_lines.hpp"

namespace kmodpp {

/// One place of a search line; the first one has the highest priority.
struct SearchPlace {
    enum class Kind { directory, built_in, external };
    Kind kind = Kind::directory;
    std::string directory;  ///< relative to the module directory, for Kind::directory
    Origin origin;
};
/// override MODULE KERNEL SUBDIRECTORY
struct OverrideRule {
    std::string module;     ///< normalised
    std::string kernel;     ///< see kernel_matches()
    std::string directory;  ///< relative to the module directory
    Origin origin;
};
/// external KERNEL DIRECTORY…
struct ExternalRule {
    std::string kernel;
    std::string directory;  ///< absolute
    Origin origin;
};
/// exclude NAME…
struct ExcludeRule {
    std::string name;
    Origin origin;
};

/// All rules in the order in which they were read. Plain data.
struct DepmodConfig {
    std::vector<SearchPlace> search;
    std::vector<OverrideRule> overrides;
    std::vector<ExternalRule> externals;
    std::vector<ExcludeRule> excludes;
    std::vector<ConfigRemark> remarks;
};

/// True if \p pattern is "*" or an extended regular expression that matches somewhere
/// in \p release. Only expressions of at most 128 characters without counted
/// repetitions ("{2}") are valid; any other pattern matches nothing.
[[nodiscard]] bool kernel_matches(const std::string& pattern, const std::string& release);

/// Adds the rules of one file. Invalid lines become remarks.
void parse_depmod_config(std::string_view text, const std::string& file,
                         DepmodConfig& config);

}  // namespace kmodpp
