// SPDX-License-Identifier: LGPL-2.1-or-later
// Verdicts on the signatures of module files, one or thousands.
#pragma once

#include <functional>
#include <vector>

#include "io/module_location.hpp"
#include "kmodpp/signature_check.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp::trust {

struct VerifyOptions {
    /// Threads; 0: as many as are worth it.
    unsigned jobs = 0;
    /// Called on this thread with the number of those done; may be empty.
    std::function<void(std::size_t done, std::size_t all)> progress = {};
};

/// Of each module, compressed or not, in the order given.
[[nodiscard]] std::vector<VerifiedModule> verify(
    const std::vector<ModuleLocation>& modules, const TrustStore& store,
    const VerifyOptions& options = {});

}  // namespace kmodpp::trust
