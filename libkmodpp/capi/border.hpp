// SPDX-License-Identifier: LGPL-2.1-or-later
// The border between C and the library: nothing is thrown across it, and errors become
// negative errnos.
#pragma once

#include <cerrno>
#include <utility>

#include "base/error.hpp"

// What the header declares leaves the library; the rest stays hidden.
#pragma GCC visibility push(default)
#include "capi/libkmod.h"
#pragma GCC visibility pop

namespace kmodpp::capi {

/// What `body` answers, or `otherwise` when memory runs out.
template <class Answer, class Body>
[[nodiscard]] Answer guarded(Answer otherwise, Body&& body) noexcept {
    try {
        return std::forward<Body>(body)();
    } catch (...) {
        return otherwise;
    }
}

/// The same for the many functions that answer with 0 or a negative errno.
template <class Body>
[[nodiscard]] int guarded_code(Body&& body) noexcept {
    return guarded(-ENOMEM, std::forward<Body>(body));
}

/// The negative errno that a C program gets to see.
[[nodiscard]] int code_of(const Error& error);

}  // namespace kmodpp::capi
