// SPDX-License-Identifier: LGPL-2.1-or-later
// Requires a valid signature before the kernel is asked to load a module.
#pragma once

#include "base/error.hpp"
#include "io/module_file.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp {

/// denied, with the errno of a kernel that enforces signatures and the reason, unless the
/// module has a valid signature by one of the certificates.
[[nodiscard]] Status require_signature(io::ModuleFile& file,
                                       const trust::TrustStore& certificates);

}  // namespace kmodpp
