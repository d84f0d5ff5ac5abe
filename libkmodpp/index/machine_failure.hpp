// SPDX-License-Identifier: LGPL-2.1-or-later
// Which failures to read end a run.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.hpp"

namespace kmodpp::index {

/// What these kept from us may be there, and must not be missing from the databases. What
/// is not there, or not for us, is another matter.
inline bool is_machine_failure(const Error& error) {
    constexpr std::array kFailures = {EIO, EMFILE, ENFILE, ENOMEM};
    return std::ranges::find(kFailures, error.code) != kFailures.end();
}

}  // namespace kmodpp::index
