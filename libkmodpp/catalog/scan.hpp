// SPDX-License-Identifier: LGPL-2.1-or-later
// Walks a module tree: finds the module files and sorts them in the order of the
// databases.
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
#include "kmodpp/hidden_file.hpp"
#include "kmodpp/message.hpp"

namespace kmodpp {

/// A module file that was found. Paths are within the root.
struct FoundModule {
    std::string path;    ///< absolute, as shown to users
    std::string opened;  ///< absolute, without symlinks to directories, for opening it
    /// As in modules.dep: relative to the module directory, or absolute for a file
    /// outside it.
    std::string database;
    std::string name;       ///< normalised
    bool external = false;  ///< from a directory of an external line
    io::FileStamp stamp;    ///< the state of the file when it was found
};

struct ScanRequest {
    const io::Root& root;
    std::string directory;  ///< the module directory of the release, within the root
    std::string release;
    const DepmodConfig& config;
    /// If not empty, only these files, given as seen from outside the root, are used.
    std::vector<std::string> files = {};
    /// The number of threads that read directories; 0: chosen automatically.
    unsigned jobs = 0;
    /// Fail if a directory cannot be read, instead of skipping it.
    bool strict = false;
    /// Return the modules in path order, without reading modules.order.
    bool path_order = false;
    /// The priority of messages about a file that hides another one of the same name;
    /// nullopt: no messages.
    std::optional<Priority> hidden = {};
    ReadNames* read_names = &kmodpp::read_names;
};

struct ScanResult {
    std::vector<FoundModule> modules;
    std::vector<HiddenFile> hidden;  ///< the files that were not chosen, in path order
    /// The number of links that could not be followed and directories that could not be
    /// read, each of which may contain modules. Each was reported.
    std::size_t unreadable = 0;
};

/// Finds one file for each module name. If there are several, an override line decides,
/// then the search order, then path order. Modules listed in modules.order come first,
/// in its order, then the others in path order. Symlinks are resolved by the root; each
/// directory is entered once.
[[nodiscard]] Result<ScanResult> scan(const ScanRequest& request, MessageSink& messages);

/// Paths within the root of all files of one module in a module directory, in path
/// order, including files that scan() skips because another one hides them.
/// Ignores depmod.d and everything that cannot be read; used for explanations.
/// \param name normalised
[[nodiscard]] std::vector<std::string> files_of_module(const io::Root& root,
                                                       const std::string& directory,
                                                       std::string_view name);

}  // namespace kmodpp
