// SPDX-License-Identifier: LGPL-2.1-or-later
// Requires a valid signature before the kernel is asked to load a module.
#pragma once

#include "base/error.hpp"
#include "io/module_file.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp {

/// Fails unless the module has a valid signature by one of the certificates. The error
/// is denied, with the reason and the errno of a kernel that enforces signatures.
[[nodiscard]] Status require_signature(io::ModuleFile& file,
                                       const trust::TrustStore& certificates);

}  // namespace kmodpp
