// SPDX-License-Identifier: LGPL-2.1-or-later
// Recognises failures of the machine, as opposed to a missing or forbidden file.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.hpp"

namespace kmodpp {

/// After such a failure (EIO, ENOMEM, …) the file may exist, so the caller must not
/// continue as if it did not. Missing files and missing permission are not such failures.
inline bool is_machine_failure(const Error& error) {
    constexpr std::array kFailures = {EIO, EMFILE, ENFILE, ENOMEM};
    return std::ranges::find(kFailures, error.code) != kFailures.end();
}

}  // namespace kmodpp
