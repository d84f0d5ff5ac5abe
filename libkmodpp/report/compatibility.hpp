// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks whether module files would load on the kernel of an installed release.
#pragma once

#include <functional>
#include <vector>

#include "catalog/catalog.hpp"
#include "format/depmod_config.hpp"
#include "kmodpp/compatibility.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp {

/// One result for each file, in the order of the request. not_found: the release has no
/// databases. \see foresee
/// \param catalog of the release
/// \param certificates returns those that the kernel trusts, or null
[[nodiscard]] Result<std::vector<ModuleCompatibility>> check_compatibility(
    const CompatibilityRequest& request, Catalog& catalog, const DepmodConfig& config,
    const std::function<const trust::TrustStore*()>& certificates, MessageSink& messages);

}  // namespace kmodpp
