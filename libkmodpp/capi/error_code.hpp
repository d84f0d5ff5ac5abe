// SPDX-License-Identifier: LGPL-2.1-or-later
// Converts exceptions and errors to the negative errnos that the C functions return.
#pragma once

#include <cerrno>
#include <utility>

#include "base/error.hpp"
#include "base/guarded.hpp"

// The functions declared by the header are exported; everything else is hidden.
#pragma GCC visibility push(default)
#include "capi/libkmod.h"
#pragma GCC visibility pop

namespace kmodpp::capi {

using kmodpp::guarded;

/// For functions that return 0 or a negative errno.
template <class Body>
[[nodiscard]] int guarded_code(Body&& body) noexcept {
    return guarded(-ENOMEM, std::forward<Body>(body));
}

/// Returns the negative errno of an error, or the one for its kind if it has none.
[[nodiscard]] int code_of(const Error& error);

}  // namespace kmodpp::capi
