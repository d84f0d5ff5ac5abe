// SPDX-License-Identifier: LGPL-2.1-or-later
// Decides whether a run of depmod would change anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/scan.hpp"
#include "index/databases.hpp"
#include "index/inspect.hpp"
#include "index/inspection_cache.hpp"
#include "io/root.hpp"

namespace kmodpp::index {

/// A digest of a run's input other than the contents of modules: their paths in order,
/// the lists of built-in modules, and the symbol prefix.
[[nodiscard]] std::uint64_t digest_of(const std::vector<FoundModule>& modules,
                                      const BuiltinTexts& builtin,
                                      std::optional<char> symbol_prefix);

/// The record of a run for the cache.
/// \param last the last run, whose other files are still valid
[[nodiscard]] LastRun describe_run(std::uint64_t digest, const LastRun& last,
                                   const std::vector<DatabaseFile>& files, bool silent);

/// True if the modules are those of the last run and unchanged since, and all files
/// that it wrote are still intact.
[[nodiscard]] bool repeats_last_run(const LastRun& last, std::uint64_t digest,
                                    const std::vector<ModuleRecord>& records,
                                    const io::Root& output, const std::string& directory);

/// What has changed since the last run, from the modules that were read again: everything
/// unless they are the modules of the last run, and all files that it wrote are intact.
[[nodiscard]] Changes changes_since(const InspectionCache& cache, std::uint64_t digest,
                                    const std::vector<FoundModule>& modules,
                                    const std::vector<ModuleRecord>& records,
                                    const io::Root& output, const std::string& directory);

/// Same as repeats_last_run() without a cache, from names and times: true if modules.dep
/// lists these modules in this order, and every file that was read is older than every
/// database.
[[nodiscard]] bool looks_up_to_date(const io::Root& root,
                                    const std::vector<FoundModule>& modules,
                                    const io::Root& output, const std::string& directory);

}  // namespace kmodpp::index
