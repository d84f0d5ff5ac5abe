// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks the signatures of modules, one or thousands, as the kernel does.
#pragma once

#include <functional>
#include <vector>

#include <kmodpp/signature_check.hpp>

#include "base/bytes.hpp"
#include "io/module_location.hpp"
#include "trust/refusal.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp::trust {

/// The verdict of the kernel's mod_verify_sig() on a module (not compressed, or a source
/// that unpacks), with the keys of \p store. Every module has a verdict: errors are those
/// of reading and of the machine, and unsupported if libcrypto cannot be opened. Safe
/// from several threads with one store.
[[nodiscard]] Result<SignatureCheck> check_signature(ByteSource& module,
                                                     const TrustStore& store);

struct CheckOptions {
    /// Threads; 0: as many as are useful.
    unsigned jobs = 0;
    /// Called on this thread with the number of modules that are done; may be empty.
    std::function<void(std::size_t done, std::size_t all)> progress = {};
};

/// The verdict on each module, compressed or not, in the order given.
[[nodiscard]] std::vector<VerifiedModule> check_signatures(
    const std::vector<ModuleLocation>& modules, const TrustStore& store,
    const CheckOptions& options = {});

}  // namespace kmodpp::trust
