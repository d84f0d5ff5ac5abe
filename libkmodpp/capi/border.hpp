// SPDX-License-Identifier: LGPL-2.1-or-later
// The border between C and the library: nothing is thrown across it, and errors become
// negative errnos.
#pragma once

#include <cerrno>
#include <utility>

#include "base/error.hpp"
#include "base/guarded.hpp"

// What the header declares leaves the library; the rest stays hidden.
#pragma GCC visibility push(default)
#include "capi/libkmod.h"
#pragma GCC visibility pop

namespace kmodpp::capi {

using kmodpp::guarded;

/// For the many functions that answer with 0 or a negative errno.
template <class Body>
[[nodiscard]] int guarded_code(Body&& body) noexcept {
    return guarded(-ENOMEM, std::forward<Body>(body));
}

/// The negative errno that a C program gets to see.
[[nodiscard]] int code_of(const Error& error);

}  // namespace kmodpp::capi
