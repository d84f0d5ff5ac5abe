// SPDX-License-Identifier: LGPL-2.1-or-later
// Determines where a run of depmod reads and writes.
#pragma once

#include <string>

#include "catalog/scan.hpp"
#include "io/root.hpp"
#include "kmodpp/depmod.hpp"

namespace kmodpp::index {

struct Places {
    io::Root host;
    io::Root root;
    io::Root output;
    std::string directory;  ///< of the release, within `root` and `output`
};

/// Creates the output root if it does not exist, except in a dry run.
/// \return denied if depmod runs as root and a link leads out of the output root
[[nodiscard]] Result<Places> open_places(const DepmodRequest& request);

/// The scan for the modules of a run, without messages about hidden files. Borrows
/// \p places and \p config.
[[nodiscard]] ScanRequest scan_request(const Places& places, const DepmodRequest& request,
                                       const DepmodConfig& config);

}  // namespace kmodpp::index
