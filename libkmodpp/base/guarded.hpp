// SPDX-License-Identifier: LGPL-2.1-or-later
// Keeps exceptions inside the library: each library contains its own unwinder, which
// cannot unwind the frames of another one.
#pragma once

#include <cerrno>
#include <utility>

#include "base/error.hpp"

namespace kmodpp {

/// Returns the result of \p body, or \p otherwise if it throws, which it does only if
/// memory runs out.
template <class Value, class Body>
[[nodiscard]] Value guarded(Value otherwise, Body&& body) noexcept {
    try {
        return std::forward<Body>(body)();
    } catch (...) {
        return otherwise;
    }
}

/// Same for functions that return a Result.
template <class Body>
[[nodiscard]] auto guarded(Body&& body) noexcept -> decltype(body()) {
    // The text fits into the string object, so this allocates nothing.
    return guarded<decltype(body())>(
        std::unexpected(Error{ErrorKind::io, ENOMEM, "out of memory"}),
        std::forward<Body>(body));
}

}  // namespace kmodpp
