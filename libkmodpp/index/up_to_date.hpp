// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a run of depmod would change anything.
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

/// What a run has to do with, as one number: which modules in which order, and what the
/// databases are made of besides them.
[[nodiscard]] std::uint64_t digest_of(const std::vector<FoundModule>& modules,
                                      const BuiltinTexts& builtin,
                                      std::optional<char> symbol_prefix);

/// The run as the cache remembers it.
[[nodiscard]] LastRun describe_run(std::uint64_t digest,
                                   const std::vector<DatabaseFile>& files, bool silent);

/// True when the same modules are there as in the last run, none has changed since, and
/// all that it wrote is still there, byte for byte.
[[nodiscard]] bool repeats_last_run(const LastRun& last, std::uint64_t digest,
                                    const std::vector<ModuleRecord>& records,
                                    const io::Root& output, const std::string& directory);

/// The same question without a cache, from names and times: true when modules.dep lists
/// these modules in this order and nothing that was read is younger than any database.
[[nodiscard]] bool looks_up_to_date(const io::Root& root,
                                    const std::vector<FoundModule>& modules,
                                    const io::Root& output, const std::string& directory);

}  // namespace kmodpp::index
