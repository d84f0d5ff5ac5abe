// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads what the modules of a release contain, for a comparison.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "format/depmod_config.hpp"
#include "kmodpp/message.hpp"
#include "kmodpp/release_diff.hpp"
#include "report/release_place.hpp"

namespace kmodpp {

/// The contents of a module file, or what is known about a built-in module.
struct ModuleContents {
    std::string name;  ///< normalised
    /// Relative to the module directory, without the suffix of a compression; empty for
    /// a built-in module.
    std::string path = {};
    std::vector<std::string> aliases = {};
    std::vector<std::pair<std::string, std::string>> parameters = {};  ///< name, type
    std::vector<std::string> firmware = {};
    std::vector<std::pair<std::string, ExportedState>> exports = {};

    [[nodiscard]] bool builtin() const { return path.empty(); }
};

struct ReleaseContents {
    ComparedRelease summary;
    std::vector<ModuleContents> modules;  ///< sorted by name, each name once
    /// What the kernel itself exports; empty if summary.symvers is.
    std::vector<std::pair<std::string, ExportedState>> kernel_exports;
};

/// Reads all modules, with several threads. A module file that cannot be read is
/// reported as an error message and counted. Fails if a directory, or a list of the
/// kernel build that exists, cannot be read.
/// \param progress called from this thread from time to time; may be empty
[[nodiscard]] Result<ReleaseContents> read_release(
    const ReleasePlace& place, const DepmodConfig& config, MessageSink& messages,
    const std::function<void(std::size_t done, std::size_t all)>& progress);

}  // namespace kmodpp
