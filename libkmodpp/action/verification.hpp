// SPDX-License-Identifier: LGPL-2.1-or-later
// Verdicts on the signatures of module files, one or thousands.
#pragma once

#include <functional>
#include <vector>

#include "action/module_location.hpp"
#include "kmodpp/signature_check.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp {

/// Of each module, compressed or not, in the order given; on several threads.
/// \param progress called on this thread with the number of those done; may be empty
[[nodiscard]] std::vector<VerifiedModule> verify(
    const std::vector<ModuleLocation>& modules, const trust::TrustStore& store,
    const std::function<void(std::size_t done, std::size_t all)>& progress = {});

}  // namespace kmodpp
