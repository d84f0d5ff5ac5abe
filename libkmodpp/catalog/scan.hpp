// SPDX-License-Identifier: LGPL-2.1-or-later
// The one walk of a module tree: finds the module files and puts them into the order of
// the databases.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/listing.hpp"
#include "format/depmod_config.hpp"
#include "io/file_stamp.hpp"
#include "io/root.hpp"
#include "kmodpp/message.hpp"

namespace kmodpp {

/// A module file that takes part. Paths are within the root.
struct FoundModule {
    std::string path;      ///< absolute, as it is shown
    std::string opened;    ///< the same file, without links to directories of the root
    std::string database;  ///< as modules.dep names it: relative to the module directory,
                           ///< or absolute for a file outside it
    std::string name;      ///< normalised
    bool external = false;  ///< from a directory of an external line
    io::FileStamp stamp;    ///< of the file when it was found
};

struct ScanRequest {
    const io::Root& root;
    std::string directory;  ///< the module directory of the release, within the root
    std::string release;
    const DepmodConfig& config;
    /// Not empty: these files, as seen from outside the root, and no walk.
    std::vector<std::string> files = {};
    /// Threads that read directories; 0: as many as are worth it.
    unsigned jobs = 0;
    /// A directory that cannot be read fails the scan instead of being left out.
    bool strict = false;
    /// Priority of messages about a file that hides another one of the same name; empty: none.
    std::optional<Priority> hidden = {};
    ReadNames* read_names = &kmodpp::read_names;
};

struct ScanResult {
    std::vector<FoundModule> modules;
    /// Links that cannot be followed and directories that cannot be read: each could have
    /// led to modules. A message names it.
    std::size_t lost = 0;
};

/// One module for each name: where a tree has several, an override wins, then the search
/// order, then the first in path order. The lines of modules.order come first, the rest
/// in path order. Symlinks are followed as the root does, each directory is entered once.
[[nodiscard]] Result<ScanResult> scan(const ScanRequest& request, MessageSink& messages);

/// Paths within the root of all files of one module in a module directory, in path order,
/// including files that scan() passes over because another one hides them. Ignores depmod.d
/// and everything that cannot be read; meant for explanations.
/// \param name normalised
[[nodiscard]] std::vector<std::string> files_of_module(const io::Root& root,
                                                       const std::string& directory,
                                                       std::string_view name);

}  // namespace kmodpp
