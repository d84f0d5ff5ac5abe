// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks the signature of a module as the kernel does.
#pragma once

#include <kmodpp/signature_check.hpp>

#include "base/bytes.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp::trust {

/// The verdict of the kernel's mod_verify_sig() on a module (not compressed, or a source
/// that unpacks), with the keys of \p store. Never fails for what the module is: errors
/// are those of reading, and unsupported when libcrypto cannot be opened. Safe from
/// several threads with one store.
[[nodiscard]] Result<SignatureCheck> check_signature(ByteSource& module,
                                                     const TrustStore& store);

/// The errno that such a verdict commonly is in the kernel; 0 for valid.
/// SignatureCheck::kernel_error is that of the very module.
[[nodiscard]] int kernel_errno(SignatureVerdict verdict);

}  // namespace kmodpp::trust
