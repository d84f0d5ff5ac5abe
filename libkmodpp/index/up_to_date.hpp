// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a run of depmod would change anything.
#pragma once

#include <string>
#include <vector>

#include "index/databases.hpp"
#include "index/inspect.hpp"
#include "index/inspection_cache.hpp"
#include "index/scan.hpp"
#include "io/root.hpp"

namespace kmodpp::index {

/// What the databases are made of besides the modules, as one number.
[[nodiscard]] std::uint64_t digest_of(const BuiltinTexts& builtin,
                                      std::optional<char> symbol_prefix);

/// The run as the cache remembers it.
[[nodiscard]] LastRun describe_run(std::uint64_t digest,
                                   const std::vector<DatabaseFile>& files, bool silent);

/// True when all that was read is what the last run read, and all that it wrote is still
/// there, byte for byte.
[[nodiscard]] bool repeats_last_run(const InspectionCache& cache, std::uint64_t digest,
                                    const std::vector<FoundModule>& modules,
                                    const std::vector<ModuleRecord>& records,
                                    const io::Root& output, const std::string& directory);

/// The same question without a cache, from names and times: true when modules.dep lists
/// these modules in this order and nothing that was read is younger than any database.
[[nodiscard]] bool looks_up_to_date(const io::Root& root,
                                    const std::vector<FoundModule>& modules,
                                    const io::Root& output, const std::string& directory);

}  // namespace kmodpp::index
