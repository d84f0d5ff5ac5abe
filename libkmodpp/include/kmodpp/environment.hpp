// SPDX-License-Identifier: LGPL-2.1-or-later
/// \file
/// The one place where variables of the environment are asked for.
#pragma once

#include <sys/auxv.h>

#include <cstdlib>

namespace kmodpp {

/// Whether this process has more rights than whoever started it: setuid, setgid, file
/// capabilities (AT_SECURE, getauxval(3)).
[[nodiscard]] inline bool has_rights_of_its_own() { return ::getauxval(AT_SECURE) != 0; }

/// The value of a variable; null where it is not set, and always for a process that has
/// rights of its own: its environment is the word of somebody who has them not. Valid
/// until the environment is changed.
[[nodiscard]] inline const char* trusted_variable(const char* name) {
    return has_rights_of_its_own() ? nullptr : std::getenv(name);
}

}  // namespace kmodpp
