// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads out of module files what the databases need, on several threads.
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
    /// The file that the facts are true of; none when it may not be remembered: it could
    /// not be read, or had been changed so lately that a further change might not show.
    std::optional<io::FileStamp> stamp;
    bool from_cache = false;
    /// Why the file could not be read; the facts are empty then.
    std::optional<Error> failure;
};

struct InspectOptions {
    unsigned jobs = 1;
    /// When the inspection began.
    io::FileTime now{};
    /// Called now and then from the calling thread: modules that are done, of all.
    std::function<void(std::size_t done, std::size_t all)> progress = {};
};

/// One record for each module, in the same order. Modules that the cache knows by their
/// stamp are not opened.
/// \param known must outlive the records, which borrow from it
[[nodiscard]] std::vector<ModuleRecord> inspect(const io::Root& root,
                                                const std::vector<FoundModule>& modules,
                                                const InspectionCache& known,
                                                const InspectOptions& options);

}  // namespace kmodpp::index
