// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads from module files what the databases need, on several threads.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "catalog/scan.hpp"
#include "index/inspection_cache.hpp"
#include "index/module_facts.hpp"
#include "io/file_stamp.hpp"
#include "io/root.hpp"

namespace kmodpp::index {

/// One module file after inspection.
struct ModuleRecord {
    ModuleFacts facts;
    /// The stamp of the file that the facts were read from. nullopt if it must be read
    /// again: this failed, or it was changed so recently that another change might leave
    /// the stamp the same.
    std::optional<io::FileStamp> stamp;
    bool from_cache = false;
    /// Why the file could not be read; the facts are empty then.
    std::optional<Error> failure;
};

struct InspectOptions {
    unsigned jobs = 1;
    /// When the inspection began.
    io::FileTime now{};
    /// Called from time to time on the calling thread with the number of modules done
    /// and the number of all modules.
    std::function<void(std::size_t done, std::size_t all)> progress = {};
};

/// One record for each module, in the same order. Modules whose stamp is in the cache
/// are not opened.
/// \param known must outlive the records, which borrow from it
[[nodiscard]] std::vector<ModuleRecord> inspect(const io::Root& root,
                                                const std::vector<FoundModule>& modules,
                                                const InspectionCache& known,
                                                const InspectOptions& options);

}  // namespace kmodpp::index
