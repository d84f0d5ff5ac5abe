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

/// The errno that such a verdict commonly is in the kernel; 0 for valid.
[[nodiscard]] int kernel_errno(SignatureVerdict verdict);

/// With the errno that such a verdict commonly is.
[[nodiscard]] Refusal refusal(SignatureVerdict verdict, std::string reason);

/// With the errno and the reason of an error, and the verdict that fits that errno.
[[nodiscard]] Refusal refusal(const Error& error);

}  // namespace kmodpp::trust
