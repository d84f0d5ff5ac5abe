// SPDX-License-Identifier: LGPL-2.1-or-later
// Failures that say nothing of what was looked for.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.hpp"

namespace kmodpp {

/// What these kept from us may be there, and nobody may go on as if it were not. What is
/// not there, or not for us, is another matter.
inline bool is_machine_failure(const Error& error) {
    constexpr std::array kFailures = {EIO, EMFILE, ENFILE, ENOMEM};
    return std::ranges::find(kFailures, error.code) != kFailures.end();
}

}  // namespace kmodpp
