// SPDX-License-Identifier: LGPL-2.1-or-later
// Checks module signatures the way the kernel does.
#pragma once

#include <functional>
#include <vector>

#include <kmodpp/signature_check.hpp>

#include "base/bytes.hpp"
#include "io/module_location.hpp"
#include "trust/refusal.hpp"
#include "trust/trust_store.hpp"

namespace kmodpp::trust {

/// The verdict that the kernel's mod_verify_sig() would reach with the keys in
/// \p store. \p module must yield uncompressed bytes. Every module gets a verdict;
/// errors are limited to read errors, failures of the machine such as ENOMEM, and
/// unsupported if libcrypto cannot be opened. Several threads may share one store.
[[nodiscard]] Result<SignatureCheck> check_signature(ByteSource& module,
                                                     const TrustStore& store);

struct CheckOptions {
    /// Number of threads; 0 chooses one that suits the number of modules.
    unsigned jobs = 0;
    /// Called on the calling thread with the number of modules checked so far; may be
    /// empty.
    std::function<void(std::size_t done, std::size_t all)> progress = {};
};

/// One verdict for each module, in the same order. Modules may be compressed.
[[nodiscard]] std::vector<VerifiedModule> check_signatures(
    const std::vector<ModuleLocation>& modules, const TrustStore& store,
    const CheckOptions& options = {});

}  // namespace kmodpp::trust
