// SPDX-License-Identifier: LGPL-2.1-or-later
// The border of the library: nothing is thrown across it. Each library carries an
// unwinder of its own, which cannot go on in the frames of another one.
#pragma once

#include <cerrno>
#include <utility>

#include "base/error.hpp"

namespace kmodpp {

/// Returns the result of `body`, or `otherwise` if memory runs out.
template <class Answer, class Body>
[[nodiscard]] Answer guarded(Answer otherwise, Body&& body) noexcept {
    try {
        return std::forward<Body>(body)();
    } catch (...) {
        return otherwise;
    }
}

/// The same for functions that return a Result.
template <class Body>
[[nodiscard]] auto guarded(Body&& body) noexcept -> decltype(body()) {
    // The text fits into the string object, so this allocates nothing.
    return guarded<decltype(body())>(
        std::unexpected(Error{ErrorKind::io, ENOMEM, "out of memory"}),
        std::forward<Body>(body));
}

}  // namespace kmodpp
