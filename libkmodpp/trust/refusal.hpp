// SPDX-License-Identifier: LGPL-2.1-or-later
// Why the kernel does not accept a signature, a key or a certificate.
#pragma once

#include <string>

#include <kmodpp/signature_check.hpp>

#include "base/error.hpp"

namespace kmodpp::trust {

struct Refusal {
    SignatureVerdict verdict;
    int code;  ///< the kernel's errno
    std::string reason;
};

/// The errno that the kernel usually returns for a verdict; 0 for valid.
[[nodiscard]] int kernel_errno(SignatureVerdict verdict);

/// A refusal with the usual errno of its verdict.
[[nodiscard]] Refusal refusal(SignatureVerdict verdict, std::string reason);

/// A refusal with the errno and message of \p error, and the verdict that matches the
/// errno.
[[nodiscard]] Refusal refusal(const Error& error);

}  // namespace kmodpp::trust
